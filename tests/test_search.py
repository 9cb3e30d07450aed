"""What a search finds, in the feed and in a library, the same on both databases."""

import random
import re
from pathlib import Path

import pytest
from django.conf import settings

from community.models import SearchEntry
from community.search import MAX_CHARACTERS
from community.sharing import share_session
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import change_display_name
from sessions.editing import delete_slide, edit_session, edit_slide
from sessions.uploading import add_external_media
from tests.factories import make_person, make_session, make_share, set_price


@pytest.fixture
def find(client, author):
    client.force_login(author)

    def find(text):
        answer = client.get("/api/community", {"search": text})
        assert answer.status_code == 200, answer.json()
        return [item["title"] for item in answer.json()["items"]]

    return find


@pytest.fixture
def find_own(client, author):
    client.force_login(author)

    def find_own(text):
        answer = client.get("/api/sessions", {"search": text})
        assert answer.status_code == 200, answer.json()
        return [session["title"] for session in answer.json()]

    return find_own


@pytest.fixture
def find_both(find, find_own):
    """Of somebody who shared the whole library, and nobody else did."""

    def find_both(text):
        found = find(text)
        assert find_own(text) == found
        return found

    return find_both


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
def test_signs_are_no_words(author, find_both, text):
    share_with(author, "100% _wool_ & 'tea'")
    assert find_both(text) == []
    assert find_both(f"wool {text} tea") == ["100% _wool_ & 'tea'"]


def test_no_words_are_no_search(author, find_both):
    share_with(author, "Fjords in May")
    assert find_both("") == find_both("  ") == ["Fjords in May"]


@pytest.mark.parametrize("text", ["ﷺ" * 200, "㍿" * 200, "a " * 100, " ".join("abcdefghijklm")])
def test_a_search_for_a_hundred_words_is_answered(author, find_both, text):
    share_with(author, "Fjords in May")
    assert find_both(text) == []


def test_a_single_letter_is_a_word_by_itself(author, find_both):
    share_with(author, "Plan B, after May")
    assert find_both("b") == find_both("plan b") == ["Plan B, after May"]
    assert find_both("m") == find_both("a") == []


def test_words_beyond_the_tenth_are_not_looked_for(author, find):
    share_with(author, "a b c d e f g h i j")
    assert find("j i h g f e d c b a k") == ["a b c d e f g h i j"]
    assert find("k a b c d e f g h i j") == []


FOUND = [
    # A title, what finds it, and what does not. First case, accents and forms of characters.
    ("Işık İstanbul", ["ışık", "isik", "IŞIK", "istanbul", "ıstanbul"], ["sik"]),
    ("Tromsø Łódź Đà Ægir Þór Œuvre", ["tromso", "lodz", "da", "aegir", "thor", "oeuvre"], ["odz"]),
    ("Straße, Malmö Ħal, ŧ", ["STRASSE", "malmo\u0308 hal t"], ["malmoe"]),
    ("\ufb01nland Ｆｕｊｉ ℡", ["finland fuji tel", "ﬁn"], ["inland"]),
    ("u\u0308ber den Wasser\u00adfall", ["über", "uber", "wasserfall"], ["fall"]),
    ("Привет МОСКВА, Ёлка, Чай", ["москва", "елка", "чай"], ["чаи", "сква"]),
    ("Ο Λόγος, ΟΔΌΣ", ["λογος", "ΛΟΓΟΣ", "οδός"], ["ογος"]),
    # Signs that tell words apart, and marks that readers leave out.
    ("दान हिन्दी", ["दान", "हिन्दी", "हिन्", "दा"], ["दिन", "हन"]),
    ("שָׁלוֹם", ["שלום", "שָׁלוֹם"], ["לום"]),
    ("كَتَبَ كـتـاب أحمد", ["كتب", "كتاب", "احمد"], ["تب"]),
    ("می\u200cخواهم", ["می\u200cخواهم", "میخواهم"], ["خواهم"]),
    ("Oʻzbekiston, don’t", ["o'zbek", "O‘zbekiston", "don't"], []),
    # Scripts without blanks between words, and Korean: a piece is found wherever it stands.
    (
        "東京の夜景",
        ["夜景", "東京", "京の夜", "東京の夜景", "京", "景", "の夜 東京"],
        ["東夜", "京都"],
    ),
    ("京都と東京", ["東京", "京都"], ["東京都", "都東"]),
    ("ガラス \uff76\uff9e、コーヒー", ["ラス", "ガ", "ヒー", "ｺｰﾋｰ"], ["カラ", "スガ", "ガコ"]),
    (
        "iPhone写真2026年",
        ["写真", "iphone", "iPhone写真", "2026", "年", "写真2026"],
        ["phone", "真年"],
    ),
    ("ภาษาไทย น้ำตก", ["ไทย", "น้ำตก", "ตก", "ภาษา"], ["นาตก", "ยน"]),
    ("ພາສາລາວ ភាសាខ្មែរ မြန်မာစာ", ["ລາວ", "ខ្មែរ", "စာ"], ["ລວ", "ខមែ"]),
    ("서울여행 사진", ["여행", "서울", "행", "울여", "사진"], ["행사", "서여"]),
]


@pytest.mark.parametrize(("title", "found", "missed"), FOUND, ids=lambda value: ascii(value)[:20])
def test_words_are_found_in_every_script(author, find_both, title, found, missed):
    share_with(author, "By slow train")
    share_with(author, title)
    assert {text: find_both(text) for text in found} == {text: [title] for text in found}
    assert {text: find_both(text) for text in missed} == {text: [] for text in missed}


def test_common_words_are_words(author, find):
    share_with(author, "To be or not")
    assert find("to be") == ["To be or not"]


def test_in_a_library_titles_captions_and_the_original_author_are_searched(
    author, saver, find_own, save, client
):
    set_price(0)
    share = share_with(author, "東京の夜景", "Lights by the river")
    save(share, saver)
    client.force_login(saver)
    assert find_own("ines 夜景 river") == ["東京の夜景"]
    saved = saver.library.get()
    edit_session(session=saved, title="Ålesund")
    edit_slide(slide=saved.media.get(), caption="Boats, Ærlig")
    assert find_own("ines alesund boats aerlig") == ["Ålesund"]
    assert find_own("river") == find_own("夜景") == find_own("author") == []
    add_external_media(
        session=saved,
        media=[{"media_type": "image", "caption": "Łódź", "external_url": "https://a.example/a"}],
    )
    assert find_own("lodz") == ["Ålesund"]
    delete_slide(slide=saved.media.get(caption="Łódź"))
    assert find_own("lodz") == []


def test_captions_of_uploads_are_searched_by_their_owner_alone(author, saver, find_own, client):
    make_session(author, slides=2)
    assert find_own("fjord 1") == ["Fjords in May"]
    client.force_login(saver)
    assert find_own("fjord 1") == []


WRITES_TEXT = r"(title|caption|original_author)"


def test_no_statement_writes_what_words_are_made_of_and_leaves_the_words():
    """Rows that are saved have their words written too; QuerySet.update and SQL write none."""
    pattern = (
        rf"(\bupdate\([^)]*\b{WRITES_TEXT}=|\bbulk_update\([^)]*[\"']{WRITES_TEXT}[\"']"
        rf"|SET [^;]*\b{WRITES_TEXT}\"? =)"
    )
    names = ("joip", "community", "sessions", "credits")
    files = [file for name in names for file in Path(settings.BASE_DIR, name).rglob("*.py")]
    assert [file for file in files if re.search(pattern, file.read_text())] == []


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


def test_as_many_different_pairs_as_fit_are_searched(author, find):
    chance = random.Random(1)
    rare = range(0x20000, 0x2A000)
    captions = ["".join(map(chr, chance.choices(rare, k=2000))) for _ in range(18)]
    share_with(author, "Rare", *captions)
    assert find(captions[0][100:200]) == find(captions[9][-2:]) == ["Rare"]
    assert find(captions[17][:100]) == []


def test_one_endless_word_is_cut(author, find):
    share_with(author, "a" * 200, "b" * 2000)
    assert find("a" * 200) == find("b" * 150) == ["a" * 200]
