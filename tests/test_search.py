"""What a search of the feed finds, the same on both databases."""

import pytest

from community.models import SearchEntry
from community.search import MAX_CHARACTERS, line_of, words_of
from community.sharing import share_session
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import change_display_name
from sessions.editing import edit_session
from tests.factories import make_person, make_session, make_share


@pytest.fixture
def find(client, author):
    client.force_login(author)

    def find(text):
        answer = client.get("/api/community", {"search": text})
        assert answer.status_code == 200, answer.json()
        return [item["title"] for item in answer.json()["items"]]

    return find


def share_with(author, title, *captions):
    session = make_session(author, slides=0, title=title)
    for order, caption in enumerate(captions or [""]):  # without a slide there is no sharing
        session.media.create(
            order=order, media_type="image", caption=caption, external_url="https://example.org/a"
        )
    return share_session(session=session)


@pytest.mark.parametrize(
    "text",
    [
        *["fjords", "FJORDS", "fjo", "may fjords", "birches", "ines", "ines birches by fjord"],
        *["ålesund", "alesund", "Ålesund", "20", "3 pm", "3pm", "don't", "ström"],
    ],
)
def test_all_words_must_begin_words_of_title_captions_or_creator(author, find, text):
    share_with(author, "Fjords in May", "Birches by the path", "Ålesund, 3 PM: 3pm, don't Strom")
    share_with(make_person("other"), "Four soups", "Pumpkin, 2026-05-02")
    assert find(text) == (["Four soups"] if text == "20" else ["Fjords in May"])


@pytest.mark.parametrize("text", ["jords", "fjords soup", "lake", "fjord's", "may!june"])
def test_other_words_find_nothing(author, find, text):
    share_with(author, "Fjords in May", "Birches by the path")
    assert find(text) == []


@pytest.mark.parametrize("text", ["!!!", "& | !", "'", "\\", "%", "_", "*", ":*", "()", "-", "…"])
def test_signs_are_no_words(author, find, text):
    share_with(author, "100% _wool_ & 'tea'")
    assert find(text) == []
    assert find(f"wool {text} tea") == ["100% _wool_ & 'tea'"]


def test_no_words_are_no_search(author, find):
    share_with(author, "Fjords in May")
    assert find("") == find("  ") == ["Fjords in May"]


@pytest.mark.parametrize("text", ["ﷺ" * 200, "a " * 100, " ".join("abcdefghijklmnopqrstuvwxyz")])
def test_a_search_for_a_hundred_words_is_answered(author, find, text):
    share_with(author, "Fjords in May")
    assert find(text) == []


def test_a_single_letter_is_a_word_by_itself(author, find):
    share_with(author, "Plan B, after May")
    assert find("b") == find("plan b") == ["Plan B, after May"]
    assert find("m") == find("a") == []


def test_words_beyond_the_tenth_are_not_looked_for(author, find):
    share_with(author, "a b c d e f g h i j")
    assert find("j i h g f e d c b a k") == ["a b c d e f g h i j"]
    assert find("k a b c d e f g h i j") == []


@pytest.mark.parametrize("text", ["हिन्दी", "हिन्", "नदी", "ไทย"])
def test_signs_that_belong_to_letters_do_not_cut_words(author, find, text):
    share_with(author, "हिन्दी नदी ภาษาไทย ไทย")
    assert find(text) == ["हिन्दी नदी ภาษาไทย ไทย"]


def test_common_words_are_words(author, find):
    share_with(author, "To be or not")
    assert find("to be") == ["To be or not"]


def test_what_was_shared_is_found_not_what_was_edited(author, find):
    share = share_with(author, "Fjords in May")
    edit_session(session=share.session, title="Lakes in June")
    assert (find("fjords"), find("lakes")) == (["Fjords in May"], [])
    share_session(session=share.session)
    assert (find("fjords"), find("lakes")) == ([], ["Lakes in June"])
    assert SearchEntry.objects.count() == 1


def test_a_creator_is_found_by_the_present_name_alone(author, find):
    make_share(author, slides=0)
    other = make_person("other")
    make_share(other, slides=0, title="Soup")
    change_display_name(user=author, name="Íñes María")
    assert (find("ines maria"), find(f"member {other.pk}")) == (["Fjords in May"], ["Soup"])
    change_display_name(user=author, name="")
    assert (find("ines"), find(f"member {author.pk}")) == ([], ["Fjords in May"])


def test_the_user_name_finds_nobody(find):
    make_share(make_person("ella@example.org", email="ella@example.org"), slides=0)
    assert find("ella") == find("example") == []


def test_a_deleted_account_is_found_no_more(find):
    other = make_person("other", display_name="Noor")
    make_share(other, slides=0)
    delete_account(user=other)
    assert find("noor") == []
    assert not SearchEntry.objects.exists()


def test_captions_without_end_are_searched_as_far_as_they_fit(author, find):
    captions = [" ".join(f"{n:x}é" for n in range(at, at + 400)) for at in range(0, 40_000, 400)]
    share_with(author, "Long", *captions)
    assert len(SearchEntry.objects.get().words) == MAX_CHARACTERS
    assert find("long 1fe") == ["Long"]
    assert find("9c3fe") == []


def test_one_endless_word_is_cut(author, find):
    share_with(author, "a" * 200, "b" * 2000)
    assert find("a" * 200) == find("b" * 150) == ["a" * 200]


def test_words_are_cut_without_case_and_accents():
    assert words_of("Ålesund, 3 p.m.: STRASSE Straße ﬁn ²") == [
        *["alesund", "3", "p", "m", "strasse", "strasse", "fin", "2"],
    ]
    assert line_of("By train") == " by train "
    assert line_of("…") == " "
