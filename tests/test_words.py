"""How texts are folded, cut into words and sorted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joip.words import MAX_SORT_KEY, fold, line_of, pieces_of, sort_key, words_of

pytestmark = pytest.mark.backend_free

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ALPHABETS = st.text(
    st.characters(min_codepoint=0x41, max_codepoint=0x52F, categories=["L", "M", "N"]), max_size=20
)


def test_words_are_cut_without_case_and_accents():
    assert words_of("Ålesund, 3 p.m.: STRASSE Straße ﬁn ² iPhone写真") == [
        *["alesund", "3", "p", "m", "strasse", "strasse", "fin", "2", "iphone", "写真"],
    ]
    assert words_of("a" * 200) == ["a" * 100]


def test_a_line_holds_words_and_pairs_of_characters():
    assert line_of("By train") == " by train "
    assert line_of("東京都 T恤") == " 東京 京都 都 t 恤 "
    assert line_of("…") == " "


def test_a_search_is_pieces_of_lines():
    assert pieces_of("By a 東京都, 夜 by") == [" by", " a ", " 東京 京都", " 夜"]


@given(LETTERS | ALPHABETS)
def test_forms_of_a_text_fold_to_one(text):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text), form
    assert fold(fold(text)) == fold(text)
    assert line_of(text).isprintable() or not fold(text).isprintable()


@given(ALPHABETS)
def test_case_makes_no_difference(text):
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


def test_titles_sort_by_words_and_numbers_then_as_written():
    titles = ["!", "3 soups", "Day 2", "“Day” 10", "Eclair", "eclair", "éclair", "fado", "Ørsta"]
    titles += ["Oslo", "Zebra", "Ёлка", "ель", "京都"]
    assert sorted(titles, key=sort_key) == titles


@pytest.mark.parametrize("title", ["ﷺ" * 200, "\U00020000" * 200, "1 " * 100])
def test_a_sort_key_fits_into_an_index(title):
    assert len(sort_key(title)) <= MAX_SORT_KEY + 201
