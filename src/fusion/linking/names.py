"""The words of a name: what distinguishes, and what is only form.

A person's name loses its titles, particles and articles and gives up its generational suffix; an
organisation's name loses its legal form. What stays is compared word by word, in any order, because
agencies disagree on order, on particles and on what is a family name. Native words are kept beside
their romanised form, since sounds are read from the native letters.

Pure functions of the text, and total: any text gives some words, perhaps none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from fusion.linking.romanise import romanise


def word_list(text: str) -> frozenset[str]:
    """The words of a list that is written as running text."""
    return frozenset(text.split())


# Names of people have up to six words that matter; the rest are titles of works or descriptions.
PERSON_WORDS_KEPT = 8
ORGANISATION_WORDS_KEPT = 12
_NAMES_CACHED = 1 << 15

# Said before or inside a name, in no way a part of it.
TITLES = word_list(
    "mr mrs ms miss mister madam dr doctor prof professor sir dame lord lady honorable rev"
    " reverend fr father sister brother capt captain col colonel gen general lt lieutenant maj"
    " major sgt sergeant cpl adm admiral cmdr commander amb ambassador pres president minister"
    " senator sheikh shaykh sheik shaikh hajj haji hajji hafiz mullah mulla maulana mawlawi"
    " ayatollah emir prince princess sayyid syed seyyed ustad ustaz eng engineer herr frau"
    " dona monsieur madame senor senora shri smt phd md esq esquire aka alias nee née"
)
# Articles and links between the parts of a name: kept by one clerk, dropped by the next.
PARTICLES = word_list(
    "al el ul ar as ash ad az the bin ben ibn bint binti binte bn wald ould ait abu abou abi"
    " umm um van von der den ter ten de del della di da do dos das du la le les lo und zu zur"
    " af av op vom of and"
)
_GENERATIONS = {
    "sr": 1, "snr": 1, "senior": 1, "jr": 2, "jnr": 2, "junior": 2, "ii": 2, "iii": 3, "iv": 4,
    "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
# A single i after a name may be an initial or "the First": it parts only from II and later.
PERHAPS_FIRST = -1

LEGAL_FORMS = word_list(
    "ltd limited llc llp lp plc inc incorporated corp corporation co company companies gmbh"
    " ag kg ohg mbh ev sa sas sarl spa srl snc sl slu sau bv nv vof oy oyj ab as asa aps kft"
    " zrt rt doo dd ood eood ad ead ooo oao zao pao ao ooo tov llc fze fzc fzco dmcc wll bsc"
    " kk yk pty pte sdn bhd tbk pt ltda eireli sab cv jsc ojsc pjsc cjsc"
    " the and of for a an und et de la le des du of"
)

# Written onto the name, in front or behind.
_FORM_IN_HAN = re.compile("股份有限公司|有限责任公司|有限公司|株式会社|有限会社|주식회사")
# The same form in different languages is one kind. Inc, Corp and Co are said of every kind.
_FORM_KINDS = {
    form: kind
    for kind, forms in (
        (
            "private",
            "ltd limited llc gmbh sarl srl bv kft doo ood ooo tov fze fzco wll pty",
        ),
        (
            "public",
            "plc ag nv spa asa oyj zrt dd ead oao pao ao jsc ojsc pjsc kk tbk bsc",
        ),
        ("partnership", "llp lp kg ohg snc"),
        ("association", "ev eingetragener"),
    )
    for form in forms.split()
}

_SPLIT = re.compile(r"[\W_]+")
_MARK = "M"  # Unicode's categories of combining signs, which are vowels in Indic scripts and Thai
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼʹ`´‘](?=\w)")
_POSSESSIVE = re.compile(r"['’`]s\b")
_ASSIMILATED = re.compile(r"\b[ae](?:[lrsnzdt]|sh|dh|th|ch)[-‐-–](?=\w)", re.IGNORECASE)
# Arabic abd al-Rahman, Abdul Rahman, Abdurrahman, Abdelrahman: servant of one of the names.
_SERVANT_WORD = re.compile("^abd(?:[aeiou]l|[aeou]r|u|oul)?$")
_SERVANT_FUSED = re.compile(r"^abd[aeiou]?(?:l(?=[aeiou]?\w{3})|([rsnzdt])(?=\1))(?=\w{3})")
_SERVANT_OF_GOD = re.compile("^abd[aeiou]?l{1,2}[aeiou]?h?$")
# In Arabic letters the article is written on the word, and on the servant's Lord.
_ARABIC_ARTICLE = re.compile("(?<!\\w)ال(?=\\w{3})")
_ARABIC_SERVANT = re.compile("(?<!\\w)عبد ?(?:ال)?(?=\\w{3})")
_MARKS = frozenset("ـًٌٍَُِّْٰ")
_BRACKETED = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_HAN = re.compile("[㐀-鿿]+")
_HANGUL = re.compile("[가-힣]+")
_DOTS = re.compile("[·・•‧]")

# The surnames by which a short name written in Han or Hangul is known to be Chinese or Korean
# (about 85 of 100 people there); where the family writes its name in its own way, that way.
_CHINESE_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩"
    "韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭"
    "譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫阎閻段雷侯龙龍史陶黎贺賀顾顧"
    "毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯习習温溫"
)
# How many signs such a name has.
_CHINESE_NAME, _KOREAN_NAME = (2, 3), (2, 3, 4)
_KOREAN_SURNAMES = {
    "김": "kim", "이": "lee", "박": "park", "최": "choi", "정": "jung", "강": "kang", "조": "cho",
    "윤": "yoon", "장": "jang", "임": "lim", "한": "han", "오": "oh", "서": "seo", "신": "shin",
    "권": "kwon", "황": "hwang", "안": "ahn", "송": "song", "류": "ryu", "유": "yoo", "홍": "hong",
    "전": "jeon", "고": "ko", "문": "moon", "손": "son", "양": "yang", "배": "bae", "백": "baek",
    "허": "heo", "남": "nam", "심": "shim", "노": "roh", "하": "ha", "곽": "kwak", "성": "sung",
    "차": "cha", "주": "joo", "우": "woo", "구": "koo", "리": "ri", "민": "min",
}  # fmt: skip


class Words(NamedTuple):
    """The native words of one reading of a name, and the generation (0 where none is said).

    `form` is the kind of a body by its legal form, empty where none is said or every kind bears it.
    """

    words: tuple[str, ...]
    generation: int = 0
    form: str = ""


def tidy(text: str) -> str:
    """Lower case, compatibility forms, no vocalisation marks, apostrophes inside words closed."""
    if text.isascii():
        lower = text.lower()
        return lower.replace("'", "") if "'" in lower else lower
    composed = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(letter for letter in composed if letter not in _MARKS)
    return _APOSTROPHES.sub("", kept)


def split(text: str) -> list[str]:
    """The words of a text as they stand there, tidied."""
    tidied = tidy(text)
    if tidied.isascii():
        return [word for word in _SPLIT.split(tidied) if word]
    return "".join(letter if _is_of_a_word(letter) else " " for letter in tidied).split()


def _is_of_a_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter)[0] == _MARK


@lru_cache(_NAMES_CACHED)
def person_names(text: str) -> tuple[Words, ...]:
    """The readings of a person's name: one, or two where Han or Hangul may hide a family name."""
    if text.isascii():
        return _one_reading(_person_words(_ASSIMILATED.sub("", text.lower())))
    dotted = _DOTS.sub(" ", text)
    readings = _one_reading(_person_words(_ASSIMILATED.sub("", dotted)))
    parted = _part_family_name(tidy(dotted).strip())
    return (*readings, Words(parted)) if parted else readings


def _one_reading(reading: Words) -> tuple[Words, ...]:
    return (reading,) if reading.words else ()


def _part_family_name(text: str) -> tuple[str, ...]:
    if len(text) in _CHINESE_NAME and _HAN.fullmatch(text) and text[0] in _CHINESE_SURNAMES:
        return (text[0], text[1:])
    if len(text) in _KOREAN_NAME and _HANGUL.fullmatch(text) and text[0] in _KOREAN_SURNAMES:
        return (_KOREAN_SURNAMES[text[0]], text[1:])
    return ()


def _person_words(text: str) -> Words:
    if not text.isascii():
        text = _ARABIC_ARTICLE.sub("", _ARABIC_SERVANT.sub("عبد", tidy(text)))
    generation = 0
    words: list[str] = []
    dropped: list[str] = []
    servant = False
    for at, word in enumerate(split(text)):
        plain = word if word.isascii() else romanise(word)
        if at and plain in _GENERATIONS:
            generation = _GENERATIONS[plain]
        elif plain == "i" and words:
            generation = generation or PERHAPS_FIRST
            words.append(word)
        elif plain in PARTICLES or plain in TITLES:
            dropped.append(word)
        elif _SERVANT_WORD.match(plain) and not servant:
            servant = True
        elif plain:
            words.append(_servant("abd" + plain if servant else word))
            servant = False
    if servant:
        words.append("abd")
    if not words:
        words = dropped
    return Words(tuple(dict.fromkeys(words))[:PERSON_WORDS_KEPT], generation)


def _servant(word: str) -> str:
    """One spelling for the beginning of the names of God's servants; other words as they are."""
    if not word.startswith("abd"):
        return word
    if _SERVANT_OF_GOD.match(word):
        return "abdullah"
    return _SERVANT_FUSED.sub("abd", word)


@lru_cache(_NAMES_CACHED)
def organisation_names(text: str) -> tuple[Words, ...]:
    """The reading of an organisation's name: its words without the legal form."""
    words = split(_POSSESSIVE.sub("s", text if text.isascii() else _FORM_IN_HAN.sub(" ", text)))
    kept = [word for word in words if (plain := romanise(word)) and plain not in LEGAL_FORMS]
    kept = kept or [word for word in words if romanise(word)]
    forms = {_FORM_KINDS[form] for form in map(romanise, words) if form in _FORM_KINDS}
    form = forms.pop() if len(forms) == 1 else ""
    return _one_reading(Words(tuple(dict.fromkeys(kept))[:ORGANISATION_WORDS_KEPT], form=form))
