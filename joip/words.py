"""The words of texts, by which sessions are searched and sorted: the same on every database.

Texts are folded (case, accents, forms of characters) and cut into words here, and stored as lines
of words that SQL searches with LIKE. Each word of a search must begin a word of the text. Where a
script puts no blanks between words, a piece of the text is found wherever it stands: such a run
of characters is stored as its overlapping pairs.
"""

import unicodedata

import regex

MAX_WORD_LENGTH = 100  # longer words are cut: PostgreSQL takes none over 2 kB
MAX_WORDS = 10  # of a search; further words are ignored
MAX_SORT_KEY = 200  # characters before the tie-break; PostgreSQL indexes 2.7 kB of a row

# Letters that Unicode does not decompose, and what people type who do not have them. Latin
# letters with a stroke or a hook (ø, ł, đ, ħ) are named "... O WITH STROKE". The last three are
# Arabic letters that keyboards of different languages have instead of each other.
LETTERS = {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ŋ": "n", "ı": "i", "ȷ": "j"}
LETTERS |= {"ى": "ي", "ی": "ي", "ک": "ك"}
WITH_STROKE = regex.compile(r"LATIN SMALL LETTER (\w) WITH ")
LETTERS |= {
    chr(code): named[1].lower()
    for code in range(0x80, 0x2C80)  # beyond are letters of phonetics and of old manuscripts
    if (named := WITH_STROKE.match(unicodedata.name(chr(code), "")))
}
FOLDED_LETTERS = str.maketrans(LETTERS)

# Invisible characters, the tatweel, accents, Hebrew points and Arabic vowel marks. What is kept
# tells words apart: the vowel signs of all other scripts, the voicing marks of kana, and the marks
# of the Cyrillic letters й, ў and ї.
DROPPED = regex.compile(
    r"(?V1)[\p{Default_Ignorable_Code_Point}\p{Cf}\u0640]"
    r"|[\p{M}&&[\p{Inherited}\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}\p{Syriac}]"
    r"--[\u0306\u0308\u3099\u309A]]"
    r"|(?<![иу])\u0306|(?<!і)\u0308"
)

# The modifier letters are apostrophes, which cut words in all their forms.
LETTER = r"[\p{L}\p{M}\p{N}--[\u02B9-\u02BF]]"
# Chinese, Japanese and Korean; then Thai, Lao, Khmer, Burmese and the Tai scripts.
WITHOUT_BLANKS = r"[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{Line_Break=SA}]"
RUN = regex.compile(rf"(?V1)[{WITHOUT_BLANKS}&&{LETTER}]+")
WORD = regex.compile(rf"{RUN.pattern}|[{LETTER}--{WITHOUT_BLANKS}]+")
NUMBER = regex.compile(r"\d+")


def fold(text: str) -> str:
    """Texts that differ in case, accents or invisible characters alone become equal."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).translate(FOLDED_LETTERS)
    return unicodedata.normalize("NFC", DROPPED.sub("", plain))


def words_of(text: str) -> list[str]:
    """ "Ålesund, 3 p.m.: iPhone写真" gives alesund, 3, p, m, iphone, 写真."""
    words = WORD.findall(fold(text))
    return [word if RUN.match(word) else word[:MAX_WORD_LENGTH] for word in words]


def line_of(text: str) -> str:
    """The words with a blank before and after each, which lets LIKE find where words begin.

    A run is its pairs, then its last character: 東京都 gives " 東京 京都 都 ".
    """
    return " ".join(["", *(part for word in words_of(text) for part in parts_of(word)), ""])


def parts_of(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word))] if RUN.match(word) else [word]


def pieces_of(search: str) -> list[str]:
    """What a line must contain, all of it, to be found."""
    words = list(dict.fromkeys(words_of(search)))[:MAX_WORDS]
    return [piece_of(word[:MAX_WORD_LENGTH]) for word in words]


def piece_of(word: str) -> str:
    if RUN.match(word):
        return " ".join(["", *(parts_of(word)[:-1] or [word])])
    # A single letter is a whole word, since most texts have a word that begins with it.
    return f" {word} " if len(word) == 1 else f" {word}"


def sort_key(title: str) -> str:
    """Sorts titles by their words and by the value of numbers, then as they are written."""
    words = NUMBER.sub(lambda number: number[0].zfill(8), " ".join(words_of(title)))
    return f"{words[:MAX_SORT_KEY]}\t{title}"
