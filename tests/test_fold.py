"""Folding: accents, transcriptions, borders of words; what is folded stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtools.fold import keys, plain

TEXTS = st.text(max_size=14) | st.text("abcdefghijklmnopqrstuvwxyzščžûâëßİıǰΐ'’ʹ СШщчйё\u0301\u20002-", max_size=16)

# One name a line, as Cyrillic, BGN/PCGN, ISO 9, scholars, German, French or plain English write it.
NAMES = """
Экспресс Ekspress Express Ekspres
Прогресс Progress Progres
Союз Soyuz Sojus Soiuz Soûz Soyouz Sojuz
Рогозин Rogozin Rogosin
Хрущёв Khrushchev Hruŝëv Hruščev Chruschtschow Khrouchtchev
Чехов Chekhov Čehov Tschechow Tchekhov
Горбачёв Gorbachev Gorbačëv Gorbatschow Gorbatchev Gorbachyov
Циолковский Tsiolkovskiy Tsiolkovsky Tsiolkovskii Ciolkovskij Ziolkowski
Ельцин Yeltsin Elʹcin Elʹtsin Jelzin Eltsin
Королёв Korolyov Korolëv Korolev Koroljow
Челябинск Chelyabinsk Čelâbinsk Tscheljabinsk
Жуков Zhukov Žukov Schukow
Макеев Makeyev Makeev Makejew
Лавочкин Lavochkin Lavočkin Lawotschkin
Энергия Energiya Ènergiâ Energija Energia
Байконур Baykonur Bajkonur Baikonur Baikonour
Роскосмос Roskosmos Roscosmos
Фобос-Грунт Fobos-Grunt Phobos-Grunt
Зенит Zenit Senit
Казахстан Kazakhstan Kasachstan
Щербаков Shcherbakov Ŝerbakov Ščerbakov Schtscherbakow
Зельдович Zel'dovich Zelʹdovič Zeldovich Seldowitsch
Восточный Vostochnyy Vostochny Vostočnyj Wostotschny
Рокот Rokot Rockot
Смирнов Smirnov Smirnow Smirnoff
Юрий Yuriy Yury Jurij Iurii Juri
Медведев Medvedev Medwedew
"""


@pytest.mark.parametrize("line", NAMES.strip().splitlines())
def test_a_name_has_one_key_however_it_is_transcribed(line: str) -> None:
    assert len({keys(name) for name in line.split()}) == 1


def test_names_that_differ_keep_different_keys() -> None:
    names = "Soyuz Progress Proton Rokot Zenit Briz Fregat Angara Kosmos Luch Strela Kurs Zarya Zvezda Foton Yamal".split()
    assert len({keys(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("VALVÉ", "valve"), ("Ekspress-AM4", "ekspress am 4"), ("Ørsted_x", "orsted x"), ("Straße", "strasse"), ("№ 5", "no 5"),
     ("Rus'", "rus"), ("ﬁn", "fin"), ("\0\ud800!?", ""), ("", "")],
)  # fmt: skip
def test_case_accents_and_signs_are_taken_away(text: str, folded: str) -> None:
    assert plain(text) == folded


@given(TEXTS)
def test_folding_is_idempotent(text: str) -> None:
    for fold in (plain, keys):
        assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_what_is_folded_is_letters_and_digits_between_single_blanks(text: str) -> None:
    for fold in (plain, keys):
        assert all(word.isalnum() for word in fold(text).split(" ") if fold(text))


@given(TEXTS, TEXTS)
def test_words_are_folded_each_for_itself(one: str, other: str) -> None:
    for fold in (plain, keys):
        assert fold(f"{one} {other}").split() == fold(one).split() + fold(other).split()
