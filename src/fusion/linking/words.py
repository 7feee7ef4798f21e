"""One word of a name, ready to be compared, and how far two of them agree.

A word weighs as much as it is rare in the culture where it is commonest. Two words agree exactly,
by short form, by spelling (the same consonants), by sound across scripts, by a slip of the pen or
by an initial; each way costs what it is commonly wrong. Pure, cached by bounded tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from fusion.linking.model import Frequencies, Weights
from fusion.linking.names import word_list
from fusion.linking.romanise import (
    Script,
    east_sounds,
    romanise,
    script_of,
    skeleton,
    west_sounds,
)

# Words and pairs of words repeat; both caches bound memory (about 100 MB together when full).
_WORDS_CACHED = 1 << 17
_PAIRS_CACHED = 1 << 18

# A spelling that the table does not list is rarer than its consonants are, by about this much.
_RARER_SPELLING = 4000
# An initial is shared by one name in eleven or so.
_INITIAL = 3500
# From this length a word may have one slip, and two from the next.
_ONE_SLIP, _TWO_SLIPS = 4, 8
# Sounds alone make no agreement between words that show their vowels: Jane is no John.
_ALIKE = 0.65
ALIKE_AT_LEAST = 0.5
_NEAR = 0.88
_PREFIX = 3
# In the place of a text that does not show its vowels; in no text.
HIDDEN = "?"
_JOINED_ARTICLES = ("al", "el", "bin", "ben", "ibn", "abu")


# Said to tell branches apart, so no other word will do for them.
_NUMBERS = word_list(
    "i ii iii iv v vi vii viii ix x one two three four five six seven eight nine ten first"
    " second third fourth fifth north south east west northern southern eastern western upper"
    " lower"
)


# Compared by identity, which is what makes the cache of pairs quick; text decides in `agreement`.
@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word: its Latin text, what it weighs, and the ways in which it may be met.

    `shown` is the text where the script shows the vowels, else `HIDDEN`.
    """

    native: str
    text: str
    script: Script
    bits: int
    consonants: str
    west: tuple[str, ...]
    east: tuple[str, ...]
    unlisted: int
    is_number: bool
    is_initial: bool
    is_person: bool
    meets: frozenset[str]
    shown: str
    frequencies: Frequencies

    @property
    def is_listed(self) -> bool:
        """Whether it is known as a word of names: commoner than what the table does not hold."""
        return self.bits < self.unlisted and self.text in self.frequencies.persons


@lru_cache(_WORDS_CACHED)
def word_of(frequencies: Frequencies, native: str, *, is_person: bool) -> Word:
    """The word of a person's or of an organisation's name."""
    text, script = romanise(native), script_of(native)
    consonants, west, east = skeleton(native), west_sounds(native), east_sounds(native)
    unlisted = frequencies.unlisted_person if is_person else frequencies.unlisted_body
    if is_person:
        bits = _person_bits(frequencies, text, script, consonants)
    else:
        bits = min(frequencies.bodies.get(text, unlisted), unlisted)
    if len(text) == 1:
        bits = min(bits, _INITIAL)
    return Word(
        native=native,
        text=text,
        script=script,
        bits=bits,
        consonants=consonants,
        west=west,
        east=east,
        unlisted=unlisted,
        is_number=text in _NUMBERS or any(letter.isdigit() for letter in text),
        is_initial=len(text) == 1,
        is_person=is_person,
        meets=_meets(frequencies, text, (*west, *east), is_person=is_person),
        shown=text if script is Script.VOWELLED else HIDDEN,
        frequencies=frequencies,
    )


def _meets(
    frequencies: Frequencies, text: str, sounds: tuple[str, ...], *, is_person: bool
) -> frozenset[str]:
    """Marks of which two words that agree in any way share one.

    They are sounds, beginning, end, initial, short forms, and spare a closer look at words that
    share none.
    """
    if len(text) <= 1:
        return frozenset((f"{text}.",))
    partners = (text, *frequencies.nicknames.get(text, ()))
    if not is_person:
        partners += tuple(frequencies.body_forms.get(text, ()))
    marks = {code for code in sounds if code}
    marks.update((text[:2], f"-{text[-2:]}"))
    marks.update(f"~{name}" for name in partners)
    marks.update(f"{name[0]}." for name in partners)
    return frozenset(marks)


def _person_bits(frequencies: Frequencies, text: str, script: Script, consonants: str) -> int:
    unlisted = frequencies.unlisted_person
    if script is Script.ABJAD:
        return min(frequencies.unvowelled.get(consonants, unlisted), unlisted)
    listed = frequencies.persons.get(text)
    if listed is not None:
        return listed
    if script is Script.SYLLABIC:
        return unlisted
    return min(frequencies.consonants.get(consonants, unlisted) + _RARER_SPELLING, unlisted)


@lru_cache(_PAIRS_CACHED)
def agreement(a: Word, b: Word, weights: Weights) -> int:
    """What it weighs that the two words stand for one name, in millibits; 0 where they do not."""
    rarity = min(a.bits, b.bits)
    if a.text == b.text:
        return rarity
    if a.meets.isdisjoint(b.meets) or (a.is_number and b.is_number):
        return 0
    if a.is_initial or b.is_initial:
        return rarity if _begin_alike(a, b) else 0
    if b.text in a.frequencies.nicknames.get(a.text, ()):
        return max(0, rarity - weights.nickname_cost)
    if not (a.is_person or b.is_person) and b.text in a.frequencies.body_forms.get(a.text, ()):
        return max(0, rarity - weights.article_cost)
    return max(_by_sound(a, b, rarity, weights), _by_letters(a, b, rarity, weights), 0)


def are_near(one: Word, other: Word) -> bool:
    """Whether two words that do not agree may still be one, mistyped more than once.

    Jaro and Winkler's similarity at .88, the middle one of the levels that record linkage commonly
    takes. Of names that are both known each is a name of its own: Marina is no Maria.
    """
    if HIDDEN in (one.shown, other.shown) or (one.is_listed and other.is_listed):
        return False
    if one.is_number or other.is_number:
        return False
    long_enough = min(len(one.shown), len(other.shown)) >= _ONE_SLIP
    return long_enough and JaroWinkler.similarity(one.shown, other.shown) >= _NEAR


def _begin_alike(a: Word, b: Word) -> bool:
    """Whether an initial is that of the other word, or of one of its short forms (Bob, Robert)."""
    initial, word = (a, b) if a.is_initial else (b, a)
    others = word.frequencies.nicknames.get(word.text, ())
    return any(text.startswith(initial.text) for text in (word.text, *others))


def _by_sound(a: Word, b: Word, rarity: int, weights: Weights) -> int:
    """Spelling variants within a script; across scripts, the sounds that the writing leaves."""
    if a.script is Script.SYLLABIC or b.script is Script.SYLLABIC:
        return _by_east(a, b, rarity, weights)
    known = a.frequencies
    if a.script is Script.ABJAD or b.script is Script.ABJAD:
        if not _share(a.west, b.west):
            return 0
        rarest = max(known.unvowelled.get(x.consonants, x.unlisted) for x in (a, b))
        return min(rarity, rarest) - weights.variant_cost
    if a.consonants == b.consonants and len(a.consonants) > 1 and _alike(a, b) >= ALIKE_AT_LEAST:
        return min(rarity, known.consonants.get(a.consonants, a.unlisted)) - weights.variant_cost
    if _share(a.west, b.west) and _alike(a, b) >= _ALIKE:
        return rarity - weights.variant_cost - weights.variant_cost
    return 0


def _by_east(a: Word, b: Word, rarity: int, weights: Weights) -> int:
    shared = set(a.east) & set(b.east)
    if a.script is b.script:  # two readings of one script meet by their letters or not at all
        shared = set()
    sound = max((a.frequencies.east.get(code, a.unlisted) for code in shared), default=0)
    return min(rarity, sound) - weights.variant_cost


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return any(code in other for code in one if code)


def _alike(a: Word, b: Word) -> float:
    return Indel.normalized_similarity(a.text, b.text)


def _by_letters(a: Word, b: Word, rarity: int, weights: Weights) -> int:
    """An article written on the word, a slip of the pen, a shortened word."""
    short, long = sorted((a.text, b.text), key=len)
    for article in _JOINED_ARTICLES:
        if long.startswith(article) and long[len(article) :] == short and len(short) > _PREFIX:
            return rarity - weights.article_cost
    if a.is_listed and b.is_listed:
        return 0  # a slip of the pen seldom makes another name: Mary is no Mark
    slips = 2 if len(short) >= _TWO_SLIPS else 1
    if len(short) >= _ONE_SLIP and OSA.distance(short, long, score_cutoff=slips) <= slips:
        return rarity - weights.slip_cost
    if len(short) >= _PREFIX and long.startswith(short):
        return rarity - weights.slip_cost
    return 0
