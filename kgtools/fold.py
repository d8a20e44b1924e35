"""Words as they are searched, in two readings: as they stand but for case and accents, and as they sound in any alphabet.

`plain` takes away case, accents and signs and cuts where letters and digits meet, so that Ekspress-AM4 and «ekspress am 4»
are one. `keys` goes on to one spelling for names that were Cyrillic once, whoever transcribed them: the tables below bring
together Cyrillic itself, BGN/PCGN, ISO 9, ALA-LC, the scholars' system, and German, French and plain English habits. It folds
more than it must (ch and kh, sh and zh are one), so what it finds ranks below what stands there as it was asked for. Both
leave what they have folded as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "_": " "})

# Cyrillic of Russian, Ukrainian, Belarusian, Bulgarian, Serbian and Macedonian, and of Russian before 1918. Accents are gone
# by then: й stands as и, ё as е, ї as і, ў as у. The signs ъ and ь have no sound of their own.
_CYRILLIC = str.maketrans(
    dict(zip("абвгдезиклмнопрстуфыэ", "abvgdeziklmnoprstufie", strict=True))
    | {"ж": "š", "х": "h", "ц": "s", "ч": "h", "ш": "š", "щ": "š", "ъ": "", "ь": "", "ю": "iu", "я": "ia"}
    | {"і": "i", "є": "e", "ґ": "g", "ђ": "d", "ј": "i", "љ": "li", "њ": "ni", "ћ": "h", "џ": "š", "ѕ": "s"}
    | {"ѣ": "e", "ѳ": "f", "ѵ": "i"}
)

# Letters with accents that stand for one Cyrillic letter: ISO 9 and the scholars' system.
_MARKED = str.maketrans({"š": "š", "ž": "š", "ŝ": "š", "č": "h", "ć": "h", "ĉ": "h", "ĥ": "h", "û": "iu", "â": "ia"})

# Spelling -> the one kept, the first that fits from the left, again and again until nothing changes.
_SPELLINGS = (
    ("schtsch|chtch|shch|stch|šh", "š"),  # щ: German; French; BGN/PCGN; old English; the scholars' šč
    ("tsch|tch", "h"),  # ч: German and French Tschechow, Tchekhov
    ("dsch|sch|sh|zh", "š"),  # ш and ж: German; BGN/PCGN
    ("kh|ch", "h"),  # х and ч: English Khrushchev and Chekhov, German Chruschtschow
    ("ts|tz", "s"),  # ц: BGN/PCGN; ISO 9 and the scholars write c, German z
    ("c(?=[eiy])", "s"),
    ("[cq]", "k"),
    ("x", "ks"),  # Express, Ekspress
    ("ph", "f"),
    ("(?<=[oe])ff$", "v"),  # Smirnoff
    ("w", "v"),
    ("z", "s"),  # German Sojus and Rogosin
    ("[yj]", "i"),  # й, ы and the first half of я, ю, е, ё: Soyuz, Sojus, Soiuz; -sky, -skiy, -skij, -ski
    ("ou", "u"),  # French Soyouz
    ("ue", "u"),  # German ü, ö, ä written out
    ("oe", "o"),
    ("ae", "a"),
    ("i[eo]", "e"),  # Yeltsin, Jelzin, Elcin; Korolyov, Koroljow, Korolev
    ("(?<=[šh])o", "e"),  # Gorbachev, Gorbatschow
    (r"(.)\1+", r"\1"),  # Progress, Progres
)
_SPELLING = [(re.compile(pattern), kept) for pattern, kept in _SPELLINGS]
_APOSTROPHES = re.compile("['’‘ʹʺʼ′″`´]")
_BORDER = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Return the words of a text in small letters without accents, between blanks; everything but letters and digits parts."""
    return _settled(_plain, text)


@lru_cache(maxsize=65536)
def keys(text: str) -> str:
    """Return the words of a text between blanks in the one spelling of all transcriptions; apostrophes join."""
    return " ".join(_settled(_key, word) for word in _settled(_joined, text).split())


def _settled(step: Callable[[str], str], text: str) -> str:
    """Return what a step makes of a text when it changes nothing any more."""
    while (after := step(text)) != text:
        text = after
    return text


def _plain(text: str) -> str:
    return _words("".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c)))


def _joined(text: str) -> str:
    bare = unicodedata.normalize("NFC", _APOSTROPHES.sub("", text)).casefold().translate(_MARKED)
    taken = (c if c == "š" else unicodedata.normalize("NFKD", c) for c in bare)
    return _words("".join(c for c in "".join(taken) if not unicodedata.combining(c)))


def _words(text: str) -> str:
    parted = re.sub(r"[^\w]+", " ", text.translate(_LETTERS))
    return _BORDER.sub(" ", parted).strip()


def _key(word: str) -> str:
    word = word.translate(_CYRILLIC)
    for pattern, kept in _SPELLING:
        word = pattern.sub(kept, word)
    return word
