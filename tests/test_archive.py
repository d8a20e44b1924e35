"""Archived documents: normalisation, spans, digests, sentences."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtools.archive import Text, normalise, sha256
from kgtools.faults import Fault


def cut(line: str) -> list[str]:
    """Return the sentences of a text as texts."""
    text = Text(line)
    return [text.text[span.start : span.end] for span in text.sentences()]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\r\nb", "a\nb"),
        (b"a\rb", "a\nb"),
        (b"a\n\rb", "a\n\nb"),
        (b"a\r\r\nb\r", "a\n\nb\n"),
        (b"", ""),
        ("cafe\u0301".encode(), "caf\u00e9"),
        ("caf\u00e9".encode(), "caf\u00e9"),
        ("\u212b".encode(), "\u00c5"),
        ("\ufb01 \u00bd".encode(), "\ufb01 \u00bd"),
        ("\ufeffa".encode(), "\ufeffa"),
        ("a\u2028b\x0cc\x85d".encode(), "a\u2028b\x0cc\x85d"),
    ],
)
def test_bytes_become_text_with_line_feeds_in_composed_form(raw: bytes, text: str) -> None:
    assert normalise(raw) == text


@pytest.mark.parametrize(("raw", "byte"), [(b"ab\xff", 2), (b"\xc3", 0), (b"abc\xed\xa0\x80", 3), (b"\xc0\xaf", 0)])
def test_bytes_that_are_not_utf8_are_refused_with_the_place(raw: bytes, byte: int) -> None:
    with pytest.raises(Fault) as caught:
        normalise(raw, "notes.txt")
    assert str(caught.value).startswith(f"notes.txt: byte {byte} is not UTF-8: ")


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text.encode("utf-8", "replace"))
    assert normalise(once.encode()) == once
    assert "\r" not in once and unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("text", "lines"), [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\nb\n", 2), ("\n", 1), ("\n\n", 2), ("a\n\n", 2)]
)
def test_a_last_line_counts_with_or_without_a_newline(text: str, lines: int) -> None:
    assert Text(text).lines == lines


@given(st.text(st.sampled_from("ab\n")))
def test_lines_are_counted_as_line_feeds_and_a_rest(text: str) -> None:
    assert Text(text).lines == len(text.split("\n")) - (not text or text.endswith("\n"))


def test_a_last_line_without_a_newline_can_be_quoted() -> None:
    text = Text("first\n  last ")
    assert text.line_span(2, 2) == text.span(8, 12)
    assert (text.span(8, 12).first_line, text.span(8, 12).last_line) == (2, 2)


def test_a_span_knows_its_lines_and_the_digest_of_exactly_its_text() -> None:
    text = Text("one\ntwo\nthree\n")
    span = text.span(2, 9)
    assert (span.first_line, span.last_line) == (1, 3)
    assert span.digest == hashlib.sha256(b"e\ntwo\nt").hexdigest()


def test_a_newline_belongs_to_the_line_that_it_ends() -> None:
    text = Text("one\ntwo\n")
    assert [text.line_of(place) for place in range(8)] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert text.span(0, 4).last_line == 1


def test_positions_count_code_points_not_bytes() -> None:
    text = Text("🌊é b")
    assert text.text[3:4] == "b" and text.span(3, 4).digest == sha256("b")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 2), (0, 5), (4, 4), (9, 10)])
def test_a_span_that_is_empty_or_leaves_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a stretch of a text of 4 code points"):
        Text("abcd").span(start, end)


@given(st.text(min_size=1), st.data())
def test_a_quoted_span_is_verified_by_its_own_numbers(raw: str, data: st.DataObject) -> None:
    text = Text(normalise(raw.encode("utf-8", "replace")))
    start = data.draw(st.integers(0, len(text.text) - 1))
    end = data.draw(st.integers(start + 1, len(text.text)))
    span = text.span(start, end)
    again = Text(normalise(text.text.encode())).span(span.start, span.end)
    assert again == span
    assert span in text.find(text.text[start:end]) or " ... " in text.text[start:end]
    assert 1 <= span.first_line <= span.last_line <= text.lines
    assert text.text[:start].count("\n") + 1 == span.first_line


@given(st.text(st.sampled_from("ab "), min_size=2, max_size=12), st.data())
def test_a_changed_character_changes_the_digest(raw: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + "x" + raw[place + 1 :]
    assert Text(changed).span(0, len(raw)).digest != Text(raw).span(0, len(raw)).digest


def test_a_file_is_read_with_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"a\r\nb")
    text = Text.read(path)
    assert (text.text, text.raw_digest) == ("a\nb", hashlib.sha256(b"a\r\nb").hexdigest())


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault, match="check the path"):
        Text.read(tmp_path / name)


def test_words_are_found_in_every_place() -> None:
    text = Text("a valve, a valve\nand a valve")
    assert [(span.start, span.first_line) for span in text.find("a valve")] == [(0, 1), (9, 1), (21, 2)]


def test_places_may_overlap() -> None:
    assert [span.start for span in Text("anana").find("ana")] == [0, 2]


def test_words_with_a_gap_reach_from_the_first_words_to_the_nearest_last_ones() -> None:
    text = Text("Valve 7 was left open. Valve 7 was shut. It was open.")
    found = [text.text[span.start : span.end] for span in text.find("Valve 7 ... open")]
    assert found == ["Valve 7 was left open", "Valve 7 was shut. It was open"]


def test_a_gap_may_run_over_lines() -> None:
    assert [(span.first_line, span.last_line) for span in Text("one\ntwo\nthree").find("one ... three")] == [(1, 3)]


@pytest.mark.parametrize("words", ["", "absent", "one ... absent", "three ... one", " ... three", "One"])
def test_words_that_do_not_stand_there_are_not_found(words: str) -> None:
    assert Text("one two three").find(words) == []


def test_words_are_found_in_whichever_form_they_are_typed() -> None:
    assert len(Text(normalise("café".encode())).find("cafe\u0301")) == 1


@pytest.mark.parametrize(("first", "last", "quoted"), [(1, 1, "one"), (1, 3, "one\n\n two"), (2, 3, "two"), (3, 4, "two")])
def test_whole_lines_are_quoted_without_the_blanks_around_them(first: int, last: int, quoted: str) -> None:
    text = Text("  one\n\n two \n \n")
    span = text.line_span(first, last)
    assert text.text[span.start : span.end] == quoted


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, 5), (5, 5), (-1, 1)])
def test_lines_outside_the_text_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="not within 1 to 4"):
        Text("  one\n\n two \n \n").line_span(first, last)


def test_blank_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="blank"):
        Text("one\n \n\t\nfour").line_span(2, 3)


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        # 1. Every line is cut from the next.
        ("Depth: 2 m\nWithout water", ["Depth: 2 m", "Without water"]),
        ("It ran\nover two lines.", ["It ran", "over two lines."]),
        # 2. After full stop, question mark, exclamation mark, ellipsis, if a letter that is not small or a digit follows.
        ("It ran. We saw.", ["It ran.", "We saw."]),
        ("Did it? Yes! It did… So it did.", ["Did it?", "Yes!", "It did…", "So it did."]),
        ("It ran. 1,200 were dry.", ["It ran.", "1,200 were dry."]),
        ("It ran. …And ran.", ["It ran.", "…And ran."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("It ran.We saw.", ["It ran.We saw."]),
        ("It was 1.8 m deep.", ["It was 1.8 m deep."]),
        ("the board vs. it and etc. and so on.", ["the board vs. it and etc. and so on."]),
        ("It ran. Ärger. 水があった.", ["It ran.", "Ärger.", "水があった."]),
        # Closing and opening marks.
        ('"It ran." She left.', ['"It ran."', "She left."]),
        ("“It ran.” “It did.”", ["“It ran.”", "“It did.”"]),
        ("(It ran.) [We saw.]", ["(It ran.)", "[We saw.]"]),
        ('He said "it ran." and left.', ['He said "it ran." and left.']),
        # Not after a single letter or an abbreviation.
        ("N. Berg and Mr. Lund, Dr. Vik of Brock Co. Ltd. came.", ["N. Berg and Mr. Lund, Dr. Vik of Brock Co. Ltd. came."]),
        ("On 5 Feb. The board met in No. 7.", ["On 5 Feb. The board met in No. 7."]),
        ("It was pump 2. The other ran.", ["It was pump 2.", "The other ran."]),
        ("Was it N? Yes.", ["Was it N?", "Yes."]),
        # 3. What has neither letter nor digit is no sentence.
        ("----------", []),
        ("It ran. ***", ["It ran. ***"]),
        ("", []),
        (" \n\t\n", []),
        ("  It ran.  ", ["It ran."]),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_sentences_by_the_rule(line: str, sentences: list[str]) -> None:
    assert cut(line) == sentences


@given(st.text(st.sampled_from('aB1.?!…"( )\n'), max_size=60))
def test_every_letter_and_digit_lies_in_exactly_one_sentence(raw: str) -> None:
    covered = [place for span in Text(raw).sentences() for place in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    assert {place for place, sign in enumerate(raw) if sign.isalnum()} <= set(covered)


@given(st.text())
def test_a_sentence_stays_in_one_line_and_has_no_blanks_around_it(raw: str) -> None:
    text = Text(normalise(raw.encode("utf-8", "replace")))
    for span in text.sentences():
        piece = text.text[span.start : span.end]
        assert span.first_line == span.last_line and piece == piece.strip() and any(sign.isalnum() for sign in piece)


def test_words_are_counted_in_upper_and_lower_case_alike() -> None:
    text = Text("The guard. THE GUARD. Straße")
    assert (text.count("the guard"), text.count("STRASSE"), text.count("valve")) == (2, 1, 0)


def test_the_invented_document_has_the_size_worked_out_by_hand() -> None:
    text = Text.read(Path(__file__).parents[1] / "kgtools/example/documents/clippings-2019.txt")
    assert (text.lines, len(text.text)) == (92, 4610)
