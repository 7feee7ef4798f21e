"""Words of any script in Latin letters, and the sounds that two spellings of one name share.

A name crosses scripts and alphabets on its way between agencies: Мохаммед, محمد, Mohamed, Muhammad.
`romanise` gives one Latin form; `west_sounds` and `east_sounds` give short codes of consonant
classes, so that spellings which sound alike share a code. A word has a few codes where its letters
are ambiguous (`ch` in Bach and Chavez). Codes propose and soften; they never prove: whether two
words are one name is decided in `compare`, weighed by how many names share the code.

Pure functions of the text. Never a lookup outside this package, never an exception for any text.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from anyascii import anyascii

# How many codes a word may have: twice as many bring .1 % more true pairs together.
SOUNDS_KEPT = 6
# Names repeat; the cache holds the words of a large registry and bounds memory (about 50 MB).
_WORDS_CACHED = 1 << 16


class Script(IntEnum):
    """How much of a word's sound its writing tells: all, consonants only, or syllables far off."""

    VOWELLED = 0
    ABJAD = 1
    SYLLABIC = 2


# First and last code point of the scripts that need care.
_HEBREW = (0x0590, 0x05FF)
_ARABIC = ((0x0600, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))
_CYRILLIC = (0x0400, 0x052F)
_KANA = (0x3040, 0x30FF)
_HAN = (0x3400, 0x9FFF)
_HANGUL = (0xAC00, 0xD7A3)

# Latin letters whose plain form would lose their sound (č is no c), before diacritics are dropped.
_LATIN = str.maketrans(
    {
        "č": "ch", "ć": "ch", "ç": "s", "š": "sh", "ş": "sh", "ș": "sh", "ž": "zh", "ż": "zh",
        "ź": "z", "ł": "l", "ß": "ss", "ğ": "", "ı": "i", "ţ": "ts", "ț": "ts", "đ": "d",
        "þ": "th", "ð": "d", "ø": "o", "æ": "e", "å": "o", "ə": "a",
    }
)  # fmt: skip
_CYRILLIC_LETTERS = str.maketrans(
    {
        "х": "kh", "ц": "ts", "щ": "sh", "ж": "zh", "ч": "ch", "ш": "sh", "ў": "v", "і": "i",
        "ї": "i", "є": "e", "ґ": "g", "ь": "", "ъ": "", "ё": "e", "й": "y", "ю": "yu", "я": "ya",
        "э": "e", "ы": "y", "ә": "a", "ғ": "g", "қ": "k", "ң": "ng", "ө": "o", "ұ": "u", "ү": "u",
        "һ": "h", "җ": "j", "ҳ": "h", "ҷ": "j", "ӣ": "i", "ӯ": "u",
    }
)  # fmt: skip
_ARABIC_LETTERS = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ى": "a", "ء": "", "ئ": "y", "ؤ": "w",
    "ب": "b", "پ": "p", "ت": "t", "ة": "a", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh",
    "د": "d", "ذ": "dh", "ر": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "d",
    "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ڤ": "v", "ق": "q", "ک": "k", "ك": "k",
    "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ھ": "h", "ہ": "h", "و": "w", "ي": "y",
    "ی": "y", "ے": "e", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ں": "n",
}  # fmt: skip
_HEBREW_LETTERS = {
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "v", "ז": "z", "ח": "kh", "ט": "t",
    "י": "y", "כ": "k", "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s",
    "ע": "a", "פ": "p", "ף": "f", "צ": "ts", "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
}  # fmt: skip

_NOT_LATIN = re.compile("[^a-z0-9]+")
_VOWELS = "aeiouy"


def _within(point: int, span: tuple[int, int]) -> bool:
    return span[0] <= point <= span[1]


@lru_cache(_WORDS_CACHED)
def script_of(word: str) -> Script:
    """The kind of script of a word: that of its first letter which is not plain Latin or Greek."""
    for letter in word:
        point = ord(letter)
        if point < _HEBREW[0]:
            continue
        if _within(point, _HEBREW) or any(_within(point, span) for span in _ARABIC):
            return Script.ABJAD
        if _within(point, _KANA) or _within(point, _HAN) or _within(point, _HANGUL):
            return Script.SYLLABIC
    return Script.VOWELLED


@lru_cache(_WORDS_CACHED)
def romanise(word: str) -> str:
    """The word in lower-case Latin letters and digits; empty where nothing is left."""
    text = word.lower()
    if text.isascii():
        return _NOT_LATIN.sub("", text)
    kind = script_of(text)
    if kind is Script.ABJAD:
        text = "".join(_ARABIC_LETTERS.get(x, _HEBREW_LETTERS.get(x, x)) for x in text)
    else:
        text = text.translate(_LATIN)
        if any(_within(ord(letter), _CYRILLIC) for letter in text):
            text = text.translate(_CYRILLIC_LETTERS)
    return _NOT_LATIN.sub("", anyascii(text).lower())


_REPEATED = re.compile(r"(.)\1+")
_SPELLINGS = (("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"))
_UNWRITTEN = re.compile("[aeiouyw]+|h$")


@lru_cache(_WORDS_CACHED)
def skeleton(word: str) -> str:
    """The consonants as they are spelt, h among them: Mohamed and Muhammad agree, Ahmed not."""
    text = _REPEATED.sub(r"\1", romanise(word))
    for spelt, sound in _SPELLINGS:
        text = text.replace(spelt, sound)
    return _UNWRITTEN.sub("", text)


# Sounds. P: b p f v · T: t d th · S: s z sh ch j x · K: k g q c · M N L R. Vowels, h, w and y are
# not written: scripts disagree on them most. Each step of the reading yields one tuple of what the
# letters may stand for, the likeliest first; the empty string stands for silence.

_Readings = list[tuple[str, ...]]
_P, _T, _S, _K, _M, _N, _L, _R = ("P",), ("T",), ("S",), ("K",), ("M",), ("N",), ("L",), ("R",)
_APART = ("·",)
_PLAIN = {
    "b": _P, "p": _P, "f": _P, "v": _P, "t": _T, "d": _T, "s": _S, "z": _S, "k": _K, "q": _K,
    "g": _K, "m": _M, "n": _N, "l": _L, "r": _R, "w": ("", "P"), "j": ("S", "", "K"),
    "T": ("T", "S"), "M": ("M", "N"), "V": ("P", ""), "G": ("K", "·"), "C": ("S", "K"),
}  # fmt: skip
# Letter groups that sound as one, longest first.
_GROUPS = tuple(
    {
        "tsch": "ts", "tch": "ts", "sch": "s", "sh": "s", "cz": "ts", "tz": "ts", "dz": "ts",
        "zh": "j", "dj": "j", "ph": "f", "th": "t", "dh": "d", "ck": "k", "qu": "k", "gh": "g",
    }.items()
)  # fmt: skip
# A word of fewer sounds has none to lose; in a shorter word a beginning al- is no article.
_SHORT_READING, _WITH_ARTICLE = 3, 4
_OFTEN_SILENT = re.compile("[td]$|[aeiouy][sxzr]$")
_ARTICLE = re.compile("[aeu]l(?:[^aeiouy]|[aeiou].{3})")


def _read_letter(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """What the letter at a place may stand for, and how many letters were read."""
    letter, after = text[at], text[at + 1 : at + 2]
    if letter == "c":
        if after == "h":
            return ("S", "K"), 2
        if after == "c" and text[at + 2 : at + 3] in ("e", "i"):
            return _S, 2
        return (("S", "K") if after in ("e", "i", "y") else _K), 1
    if letter == "k" and after == "h":
        return ("·", "K"), 2
    if letter == "g":
        if after == "n" or text[at + 1 : at + 3] == "li":
            return ("", "K"), 1
        return (("K", "S") if after in ("e", "i", "y") else _K), 1
    if letter == "l" and after == "l" and text[at + 2 : at + 3] in tuple(_VOWELS):
        return ("L", ""), 2
    if letter == "h" and at == 0:
        return ("·", "K"), 1  # Hussein is Хусейн, Herland is Герланд
    if letter == "x":
        return (_S if at == 0 else ("KS",)), 1
    return _PLAIN.get(letter, _APART), 1


def _read_vowelled(text: str) -> _Readings:
    for group, sound in _GROUPS:
        if group in text:
            text = text.replace(group, sound)
    readings: _Readings = []
    at = 0
    while at < len(text):
        sounds, length = _read_letter(text, at)
        readings.append(sounds)
        at += length
    if len(readings) > _SHORT_READING and _OFTEN_SILENT.search(text):
        readings[-1] = (readings[-1][0], "")  # French and Latin endings are often not heard
    if text.endswith("c"):
        readings[-1] = ("K", "S")
    if len(text) > _WITH_ARTICLE and _ARTICLE.match(text):
        readings[1] = ("L", "")  # al- and el- stand or fall with the clerk
    return readings


def _read_abjad(word: str) -> _Readings:
    word = word.replace("ג'", "ז").replace("צ'", "צ").replace("ז'", "ז").replace("וו", "ב")
    word = word.replace("تش", "ش")
    readings: _Readings = []
    for at, letter in enumerate(word):
        if letter == "ج":
            readings.append(("S", "K", "") if at and word[at - 1] == "ن" else ("S", "K"))
        elif letter in "خח":
            readings.append(("·", "K"))
        elif letter == "ل" and at == 1 and word[0] in "اأإ" and len(word) > _WITH_ARTICLE:
            readings.append(("L", ""))
        elif letter == "و":
            readings.append(_APART)
        elif letter == "ו":
            readings.append(("P", "·") if at == 0 else _APART)
        else:
            latin = _ARABIC_LETTERS.get(letter) or _HEBREW_LETTERS.get(letter, "")
            sounds = _PLAIN.get("s" if latin in ("sh", "ch", "zh", "ts") else latin[:1], ())[:1]
            if sounds == _K and at and word[at - 1] in "نנ":
                sounds = ("", "K")
            readings.append(sounds or _APART)
        if word[at + 1 : at + 2] == letter:
            readings.append(_APART)  # doubling is not written: two letters have a vowel between
    return readings


def _codes(readings: _Readings) -> tuple[str, ...]:
    """Every way to say the readings, as far as `SOUNDS_KEPT` goes; the likeliest first."""
    codes = [""]
    for sounds in readings:
        kept = sounds if len(codes) * len(sounds) <= SOUNDS_KEPT else sounds[:1]
        codes = [code + sound for sound in kept for code in codes]
    return tuple(dict.fromkeys(codes))


def _heard(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Codes as they are heard: doubled sounds once, `ts` as one sound, the k of `nk` not at all.

    What stands apart in the writing (a vowel, an h between) is not doubled: Ahmed is no Mohamed.
    """
    once = (_REPEATED.sub(r"\1", code).replace("TS", "S").replace("NK", "N") for code in codes)
    return tuple(dict.fromkeys(_REPEATED.sub(r"\1", code).replace("·", "") for code in once))


# What Cyrillic writes for several Latin spellings, as signs of its own that `_PLAIN` reads: т and м
# for the ch and n of Japanese (Polivanov's system), в for the u of au, eu and qu, г between vowels
# for h, ц for a Slavic c.
_CYRILLIC_READINGS = (
    (re.compile("т(?=[иёюя])"), "T"),
    (re.compile("м(?=[пбм])"), "M"),
    (re.compile("(?<=[аеэ])в(?=[^аеёиоуыэюяй])|(?<=к)в"), "V"),
    (re.compile("(?<=[аеёиоуыэюяь])г(?=[аеёиоуыэюя])"), "G"),
    (re.compile("ц"), "C"),
)


def _read_cyrillic(word: str) -> _Readings:
    text = word.lower()
    for written, sign in _CYRILLIC_READINGS:
        text = written.sub(sign, text)
    return _read_vowelled("".join(x if x.isascii() else romanise(x) for x in text))


@lru_cache(_WORDS_CACHED)
def west_sounds(word: str) -> tuple[str, ...]:
    """Codes of a word's consonants, by which spellings of one name meet; the likeliest first.

    Latin, Cyrillic, Greek, Arabic and Hebrew meet so. An empty code stands for vowels alone.
    """
    if script_of(word) is Script.ABJAD:
        return _heard(_codes(_read_abjad(word)))
    if any(_within(ord(letter), _CYRILLIC) for letter in word):
        return _heard(_codes(_read_cyrillic(word)))
    return _heard(_codes(_read_vowelled(romanise(word))))


# Chinese, Japanese and Korean render foreign names in syllables: an r or l that closes a syllable
# is lost, r and l are one, f and v lean to b or h, epenthetic vowels come in. F: f and v.

_EAST_GROUPS = tuple(
    {
        "tsch": "s", "tch": "s", "sch": "s", "sh": "s", "cz": "s", "tz": "s", "ts": "s", "dz": "s",
        "zh": "s", "dj": "s", "ph": "f", "th": "t", "ck": "k", "qu": "k", "gh": "g", "kh": "h",
        "ng": "n",
    }.items()
)  # fmt: skip
_EAST_PLAIN = {
    "b": _P, "p": _P, "f": ("F",), "v": ("", "F"), "t": _T, "d": _T, "s": _S, "z": _S, "x": _S,
    "k": _K, "q": _K, "g": _K, "j": ("S", ""), "n": _N,
}  # fmt: skip
_PINYIN = re.compile("(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])?")
_PINYIN_INITIAL = {
    "b": _P, "p": _P, "m": _M, "f": ("F",), "d": _T, "t": _T, "n": _N, "l": _L, "g": _K, "k": _K,
    "j": ("S", "K"), "q": ("S", "K"), "x": _S, "r": _L, "z": _S, "c": _S, "s": _S, "zh": _S,
    "ch": _S, "sh": _S,
}  # fmt: skip
_SYLLABLE = re.compile("[A-Z][a-z]*")
_FIRST_VOWEL = re.compile("[aeiou]")
_VOWEL_CLASS = {"a": "a", "e": "e", "i": "e", "o": "o", "u": "o"}


def _read_for_east(text: str) -> _Readings:
    """A Latin word as an East Asian script would render it."""
    for group, sound in _EAST_GROUPS:
        if group in text:
            text = text.replace(group, sound)
    text = text[:1] + text[1:].replace("x", "ks")
    readings: _Readings = []
    for at, letter in enumerate(text):
        after = text[at + 1 : at + 2]
        opens = after != "" and after in _VOWELS
        if letter in "lr":
            sounds: tuple[str, ...] = _L if opens else ()
        elif letter == "m":
            sounds = _M if opens else ("N", "M")
        elif letter == "c":
            sounds = ("S", "K") if after == "h" else (_S if after in ("e", "i", "y") else _K)
        else:
            sounds = _EAST_PLAIN.get(letter, ())
        if sounds:
            readings.append(sounds)
    return readings


def _read_pinyin(romanised: str) -> _Readings:
    readings: _Readings = []
    for syllable in _SYLLABLE.findall(romanised):
        lower = syllable.lower()
        initial = _PINYIN.match(lower)
        sounds = _PINYIN_INITIAL.get(initial[0] if initial else "", ())
        if sounds:
            readings.append(sounds)
        if lower.endswith(("n", "ng")) and lower not in ("n", "ng"):
            readings.append(_N)
    return readings


_SYLLABIC_GROUPS = (
    ("tch", "s"),
    ("ch", "s"),
    ("sh", "s"),
    ("ts", "s"),
    ("ng", "n"),
    ("tk", "k"),
    ("tp", "p"),
)


def _read_syllables(text: str) -> _Readings:
    """Romanised kana or hangul: their b stands for v, their closing u and r are often nothing."""
    for group, sound in _SYLLABIC_GROUPS:
        text = text.replace(group, sound)
    readings: _Readings = []
    for at, letter in enumerate(text):
        after = text[at + 1 : at + 2]
        if letter in "rl":
            sounds: tuple[str, ...] = ("", "L") if after in ("", "u") else _L
            if after and after not in _VOWELS:
                sounds = ()
        elif letter in "bp":
            sounds = ("P", "F")
        elif letter == "m":
            sounds = ("M", "N") if after in ("", "u") else _M
        elif letter == "j":
            sounds = _S
        else:
            sounds = _EAST_PLAIN.get(letter, ())
        if sounds:
            readings.append(sounds)
    return readings


@lru_cache(_WORDS_CACHED)
def east_sounds(word: str) -> tuple[str, ...]:
    """Codes by which a Latin spelling meets its rendering in Chinese, Japanese or Korean.

    A code of at most one consonant carries the class of the first vowel too, or every short name
    would meet every other.
    """
    latin = romanise(word)
    if script_of(word) is not Script.SYLLABIC:
        readings = _read_for_east(latin)
    elif any(_within(ord(letter), _HAN) for letter in word):
        readings = _read_pinyin(anyascii(word))
    else:
        readings = _read_syllables(latin)
    vowel = _FIRST_VOWEL.search(latin)
    tail = _VOWEL_CLASS[vowel[0]] if vowel else ""
    codes = (_REPEATED.sub(r"\1", code).replace("NK", "N") for code in _codes(readings))
    return tuple(dict.fromkeys(code if len(code) > 1 else code + tail for code in codes))
