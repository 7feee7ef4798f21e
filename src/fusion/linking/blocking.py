"""Keys: what two profiles must have in common to be compared at all.

A profile is filed under a bounded number of keys, and a pair that shares none is never compared. A
key is `<family>|<kind>|<value>`: things of different families never meet, and a LegalEntity is
filed as a person and as a body, since it may be either. Single words that many share are no key;
pairs of words are. Keys depend on the profile and the model alone, so they have no order; what a
key that too many share may still propose is decided elsewhere (RULES 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from fusion.domain.ids import bounded
from fusion.linking.features import PERSON, Features, Name
from fusion.linking.model import Model
from fusion.linking.normalise import PartialDate, Place
from fusion.linking.romanise import Script
from fusion.linking.words import Word

# A key costs a row, a profile of many keys a page: 40 hold all that a person with two names, a date
# of birth, two addresses and three numbers is filed under.
KEYS_KEPT = 40
# Of a long name the rarest words carry the keys: four give six pairs.
_WORDS_PAIRED = 4
# A word alone is a key where at most about one in two hundred shares it.
_RARE = 7700
_LOCAL_DIGITS = 7
_LONG_LOCAL = 5
_NUMBER_START = 5


def keys_of(features: Features, model: Model) -> tuple[str, ...]:
    """The keys of a profile, sorted, each once, at most `KEYS_KEPT` for each family."""
    del model  # the words' weights in the features are the model's
    found = tuple(dict.fromkeys(_keys(features)))[:KEYS_KEPT]
    return tuple(
        sorted(bounded(f"{family}|{key}") for family in features.families for key in found)
    )


def _keys(features: Features) -> Iterator[str]:
    """Surest first, since only so many are kept."""
    yield from _document_keys(features)
    for number in features.phones:
        yield f"t|{number[-_LOCAL_DIGITS:]}"
    for box in features.mailboxes:
        if not box.is_of_a_role:
            yield f"m|{box.local}@{box.domain}"
            if len(box.local) >= _LONG_LOCAL:
                yield f"l|{box.local}"
    for schema, number in sorted(features.far):
        yield f"r|{schema}|{number}"
    is_person = PERSON in features.families
    words = {word for name in features.names for word in name.words}
    yield from _birth_keys(features.births, words)
    for name in features.names:
        yield from _name_keys(name, is_person=is_person)
    for site in sorted(features.websites):
        yield f"w|{site}"
    for place in features.places:
        yield from _place_keys(place)


def _document_keys(features: Features) -> Iterator[str]:
    for kind, documents in features.documents.items():
        for number, _ in documents:
            yield f"d|{number}"
            if len(number) > _NUMBER_START:
                # A slip is at one end or the other: each end of the number is a key of its kind.
                yield f"h|{kind}|{number[:_NUMBER_START]}"
                yield f"h|{kind}|{number[-_NUMBER_START:]}-"


def _birth_keys(births: Iterable[PartialDate], words: set[Word]) -> Iterator[str]:
    """A birth date, day and month in either order, by itself and with the sound of each name."""
    for date in births:
        if not date.day:
            continue
        first, second = sorted((date.month, date.day))
        day = f"{date.year}{first:02d}{second:02d}"
        if not date.is_new_year:
            yield f"b|{day}"
        for sound in sorted({word.west[0] for word in words if word.west}):
            yield f"b|{day}|{sound}"


def _name_keys(name: Name, *, is_person: bool) -> Iterator[str]:
    words = sorted(name.words, key=lambda word: (-word.bits, word.text))[:_WORDS_PAIRED]
    if len(name.words) == 1 and words:
        yield f"n|{words[0].text}"
    for one, other in combinations(words, 2):
        yield from pair_keys(one, other) if one.text <= other.text else pair_keys(other, one)
    for word in words:
        yield from word_keys(word)
    if is_person and len(words) > 1:
        yield f"n|{''.join(sorted(word.text for word in words))}"


@lru_cache(1 << 17)
def word_keys(word: Word) -> tuple[str, ...]:
    """The sounds of a word, where it is rare enough to be a key by itself."""
    if word.is_initial:
        return ()
    known, keys = word.frequencies, []
    if word.bits >= _RARE:
        keys += [f"s|{code}" for code in word.west if known.west.get(code, word.unlisted) >= _RARE]
        if word.text and known.persons.get(word.text, word.unlisted) >= _RARE:
            keys.append(f"x|{word.text}")
    if word.script is Script.SYLLABIC or word.bits >= _RARE:
        keys += [f"e|{code}" for code in word.east if known.east.get(code, word.unlisted) >= _RARE]
    return tuple(keys)


@lru_cache(1 << 17)
def pair_keys(one: Word, other: Word) -> tuple[str, ...]:
    """Two words of one name by their sounds, in the order of the alphabet."""
    keys = []
    if one.west and other.west:
        for first, second in _first_codes(one.west, other.west):
            keys.append(f"p|{min(first, second)}+{max(first, second)}")
    if Script.SYLLABIC in (one.script, other.script) or (one.east and other.east):
        first, second = sorted((one.east[0], other.east[0]))
        keys.append(f"q|{first}+{second}")
    return tuple(dict.fromkeys(keys))


def _first_codes(one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The likeliest codes of both, and the second of each beside the first of the other."""
    yield one[0], other[0]
    if len(one) > 1:
        yield one[1], other[0]
    if len(other) > 1:
        yield one[0], other[1]


def _place_keys(place: Place) -> Iterator[str]:
    """A house by its number with the postal code, or with each longer word."""
    words = sorted(place.words, key=lambda word: (-len(word), word))[:3]
    for number in sorted(place.numbers)[:2]:
        for code in sorted(place.codes)[:2]:
            yield f"a|{number}|{code}"
        for word in words:
            yield f"a|{number}|{word}"
    if not place.numbers:
        for one, other in combinations(sorted(words), 2):
            yield f"a|{one}|{other}"
