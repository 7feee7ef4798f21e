"""Names of people who do not exist, in the spellings in which agencies write them.

Promises that a name is of one culture (`names.toml`), that one person's spellings are spellings of
one name, and that common names are common. It must never know how names are compared: that is what
simulated worlds judge.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fusion.simulate.draw import Draw

_FILE = Path(__file__).with_name("names.toml")
# A slip of the pen is rarer than another transcription, and so is a middle name left out; a part
# that can be spelt otherwise is so half of the time.
_SLIPS = 0.15
_SHORTENED = 0.3
_OTHERWISE = 0.5
_WOMEN = 0.4
# What a family name in several words begins with; such words are no given names.
_PARTICLES = frozenset(
    {"al", "el", "ben", "bin", "ibn", "abu", "abd", "de", "del", "della", "la", "van", "von"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A given or a family name: as it is usually spelt, otherwise spelt, in its own script."""

    usual: str
    others: tuple[str, ...] = ()
    script: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """How a full name is built: a template over G, H, F and E, and the letters that it uses."""

    template: str
    letters: str


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name, by its parts."""

    form: Form
    given: Part
    second: Part
    family: Part
    maternal: Part
    usual: str
    joint: str

    def respelt(self, draw: Draw) -> str:
        """The name as another hand writes it: transcribed otherwise, shortened, or with a slip."""
        if draw.unit() < _SLIPS:
            return _with_a_slip(self.usual, draw)
        form = _SHORT if "F" in self.form.letters and draw.unit() < _SHORTENED else self.form
        spelt = (
            _other(part, draw) for part in (self.given, self.second, self.family, self.maternal)
        )
        return _built(form, *spelt)

    def script(self) -> str:
        """The name in its own script; empty where a part of it has none."""
        by_letter = {"G": self.given, "H": self.second, "F": self.family, "E": self.maternal}
        parts = [by_letter[letter].script for letter in self.form.letters]
        return self.joint.join(parts) if all(parts) else ""


@dataclass(frozen=True, slots=True)
class Culture:
    """What people of one culture are called, and in which countries such names are at home."""

    slug: str
    forms: tuple[Form, ...]
    daughters_forms: tuple[Form, ...]
    nations: tuple[str, ...]
    male: tuple[Part, ...]
    female: tuple[Part, ...]
    family: tuple[Part, ...]
    feminine: tuple[str, str]
    joint: str
    has_fathers_name: bool

    def name(self, draw: Draw, *, given: Part | None = None, family: Part | None = None) -> Name:
        """Somebody's name; `given` or `family` are taken where they are handed in."""
        is_female = given is None and draw.unit() < _WOMEN
        givens = self.female if is_female else self.male
        if family is None:
            family = draw.slanted(self.family)
            if is_female and self.feminine[0]:
                family = self._feminine(family)
        given = given or draw.slanted(givens)
        second = _another(given, self.male if self.has_fathers_name else givens, draw)
        maternal = draw.slanted(self.family)
        form = draw.one(self.daughters_forms if is_female else self.forms)
        usual = _built(form, given.usual, second.usual, family.usual, maternal.usual)
        return Name(form, given, second, family, maternal, usual, self.joint)

    def _feminine(self, part: Part) -> Part:
        latin, own = self.feminine
        others = tuple(other + latin for other in part.others)
        return Part(part.usual + latin, others, part.script and part.script + own)


class Cultures:
    """All of them, and whose a written name may be."""

    def __init__(self, cultures: Mapping[str, Culture]) -> None:
        self.by_slug = cultures

    @cached_property
    def _by_spelling(self) -> Mapping[str, Culture]:
        found: dict[str, Culture] = {}
        for culture in self.by_slug.values():
            for part in (*culture.male, *culture.female, *culture.family):
                for spelling in (part.usual, *part.others):
                    found.setdefault(_folded(spelling), culture)
        return found

    def at_home_in(self, nation: str) -> tuple[Culture, ...]:
        """The cultures whose names are at home in a country."""
        return tuple(one for one in self.by_slug.values() if nation in one.nations)

    def most_of(self, written: Sequence[str]) -> Culture:
        """The culture that most of the written names point to; some culture where none does."""
        found = Counter(culture.slug for one in written if (culture := self.of(one)))
        slugs = sorted(found, key=lambda slug: (-found[slug], slug)) or sorted(self.by_slug)
        return self.by_slug[slugs[0]]

    def of(self, written: str) -> Culture | None:
        """The culture that a written name's parts point to; None where no part is known."""
        given, family = parts_of(written)
        for part in (given, family, family.rsplit(" ", 1)[-1]):
            if part and (culture := self._by_spelling.get(_folded(part))):
                return culture
        return None


def parts_of(written: str) -> tuple[str, str]:
    """The given and the family name of a written name: its first and last; empty where absent."""
    words = [word for word in written.split() if word[0].isalpha() and word[-1].isalpha()]
    if not words:
        return "", ""
    start = len(words) - 1
    while start > 0 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    given = "" if words[0].lower() in _PARTICLES else words[0]
    return given, "" if words[start] == given else " ".join(words[start:])


@cache
def load_cultures() -> Cultures:
    """The cultures of `names.toml`."""
    declared = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Cultures({slug: _culture(slug, spec) for slug, spec in declared.items()})


def _culture(slug: str, spec: Mapping[str, Any]) -> Culture:
    daughter = spec.get("daughter", "bin")
    feminine = spec.get("feminine", ["", ""])
    return Culture(
        slug=slug,
        forms=tuple(_form(text) for text in spec["forms"]),
        daughters_forms=tuple(_form(text.replace("bin", daughter)) for text in spec["forms"]),
        nations=tuple(spec["nations"].split(", ")),
        male=_parts(spec["male"]),
        female=_parts(spec["female"]),
        family=_parts(spec["family"]),
        feminine=(feminine[0], feminine[1]),
        joint=spec.get("joint", " "),
        has_fathers_name=spec.get("second") == "male",
    )


def _form(text: str) -> Form:
    """`G bin H F` as a template: its capital letters stand for parts."""
    letters = "".join(letter for letter in text if letter in "GHFE")
    return Form("".join(f"{{{one}}}" if one in "GHFE" else one for one in text), letters)


_SHORT = _form("G F")


def _parts(text: str) -> tuple[Part, ...]:
    return tuple(_part(entry) for entry in text.split(", "))


def _part(entry: str) -> Part:
    latin, _, script = entry.partition("|")
    usual, *others = latin.split("/")
    return Part(usual, (*others, *_with_other_article(usual)), script)


def _with_other_article(name: str) -> tuple[str, ...]:
    """The ways in which the Arabic article is written in Latin letters."""
    if not name.startswith("al-"):
        return ()
    rest = name[3:]
    return (f"al {rest}", f"Al{rest.lower()}", f"Al-{rest}", f"El {rest}")


def _built(form: Form, given: str, second: str, family: str, maternal: str) -> str:
    return form.template.format(G=given, H=second, F=family, E=maternal)


def _another(part: Part, parts: tuple[Part, ...], draw: Draw) -> Part:
    """One of the parts that is not `part`: nobody is called Anna Anna."""
    found = draw.slanted(parts)
    return found if found is not part else parts[parts.index(part) - 1]


def _other(part: Part, draw: Draw) -> str:
    if not part.others or draw.unit() >= _OTHERWISE:
        return part.usual
    return draw.one(part.others)


def _with_a_slip(text: str, draw: Draw) -> str:
    """One letter lost, doubled, or changed for its neighbour; never the first."""
    at = 1 + draw.below(len(text) - 1)
    kind = draw.below(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def _folded(text: str) -> str:
    letters = "".join(letter for letter in text.casefold() if letter.isalnum())
    return letters.removeprefix("al") if text[:3].lower() in {"al ", "al-"} else letters
