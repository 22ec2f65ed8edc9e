"""Words of every script: what is typed as it stands in a text finds the text."""

import unicodedata
from typing import Literal

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from shared.index.search.words import MAX_WORD, cut, spaced

RUN = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
OTHERS = st.characters(categories=("L", "M", "N", "P", "S", "Z"))
Form = Literal["NFC", "NFD"]
FORMS: st.SearchStrategy[Form] = st.sampled_from(["NFC", "NFD"])


def has_phrase(found: list[str], words: list[str]) -> bool:
    return any(found[at : at + len(words)] == words for at in range(len(found) - len(words) + 1))


@given(st.text(OTHERS, max_size=30), FORMS, FORMS)
def test_every_run_of_letters_and_digits_finds_its_text_composed_or_not(text: str, written: Form, typed: Form) -> None:
    found = cut(unicodedata.normalize(written, text))
    for run in RUN.findall(text):
        assert has_phrase(found, cut(unicodedata.normalize(typed, run))), (text, run)


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1))
def test_words_have_no_case(text: str) -> None:
    assert cut(text.upper()) == cut(text.lower()) == cut(text) == spaced(text).split()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Rates of CO₂ and H₂O", "CO2"),
        ("हिन्दी पाठ", "हिन्दी"),
        ("日本語のテキスト", "本語"),
        ("ภาษาไทยง่าย", "ไทย"),
        ("cafe\u0301 noir", "caf\u00e9"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Straße 5", "STRASSE"),
        ("①②", "①②"),
        ("٣٤ rows", "٣٤"),
        ("file_name-01.csv", "name"),
        ("ﬁnal", "final"),
    ],
)
def test_a_text_is_found_by_a_part_of_it(text: str, query: str) -> None:
    assert has_phrase(cut(text), cut(query))


def test_very_long_runs_are_cut_alike_on_both_sides() -> None:
    run = "x" * (MAX_WORD * 3)
    assert cut(f"a {run} b") == ["a", *cut(run), "b"]
    assert len(cut(run)[0]) == MAX_WORD
    assert spaced(f"a {run} b").split() == cut(f"a {run} b")


def test_marks_and_signs_alone_are_no_words() -> None:
    assert cut("—… \u0301 ™ + 🙂 _-") == []
