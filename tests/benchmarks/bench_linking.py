"""How well records are linked, through `fusion fuse` and by the shared scorer.

With one set of defaults; pairwise F1 beside the best that an open tool was measured at. The sets
stand beside the checkout (`../shared`, or FUSION_SHARED) and are no part of the project. The peers'
figures are those of `shared/reference/linking.md`, measured there and not in this run. Nothing here
is fitted: a figure that falls short is printed as it is.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from fusion.linking.romanise import east_sounds, west_sounds
from tests.benchmarks.figure import Absent, Figure

SHARED = Path(os.environ.get("FUSION_SHARED", Path(__file__).parents[2].parent / "shared"))
TOOLS, SETS, CASES = SHARED / "tools", SHARED / "data" / "er", SHARED / "cases"

# The best open tool on each set, one set of defaults or better, and who that was.
PEERS = {
    "senzing": (0.627, "nomenklatura logic-v2 at its best threshold"),
    "febrl3": (0.9994, "Splink"),
    "fake1000": (0.784, "Splink 4"),
    "dedupe_csv": (None, "nobody measured"),
}
# Script, column of its letters, how its names sound, and what jellyfish's phonetic keys and
# skeletons found of them, where that was measured.
_Sounds = Callable[[str], tuple[str, ...]]
SCRIPTS: dict[str, tuple[int, _Sounds, float | None]] = {
    "google_ar2en": (0, west_sounds, 0.84),
    "wd_arabic_20": (1, west_sounds, 0.83),
    "wd_russian_20": (1, west_sounds, 0.86),
    "wd_hebrew_20": (1, west_sounds, 0.75),
    "wd_chinese_20": (1, east_sounds, 0.44),
    "wd_korean_20": (1, east_sounds, 0.43),
    "wd_katakana_20": (1, east_sounds, 0.60),
}
# Strangers asked for each pair, so that shares of a hundredth of a per cent can be seen.
_SHIFTS = range(1, 8)


def run(*, quick: bool) -> Iterable[Figure]:
    """Sets of records, the aliases of a case, and name tokens across scripts."""
    if not SETS.is_dir():
        raise Absent(f"no sets of records at {SETS}")
    return chain(_sets(quick=quick), _aliases(), _scripts(sampled=200 if quick else 3_000))


def _sets(*, quick: bool) -> Iterator[Figure]:
    for name, (peer, whose) in PEERS.items():
        if not quick or name == "senzing":
            with tempfile.TemporaryDirectory() as folder:
                clusters = _fused("er", name, SETS / name, folder=Path(folder))
                found = _score(SETS / name / "truth.csv", clusters)
            missed, wrong = found["fn"], found["fp"]
            note = f"{missed:.0f} missed, {wrong:.0f} wrong; peer: {whose}"
            yield Figure(f"records: {name}", found["pair_f1"], peer, "pair F1", note)


def _aliases() -> Iterator[Figure]:
    """Mentions of the case's persons by name; some aliases stand only in the reports' prose."""
    case = CASES / "crescent"
    if not case.is_dir():
        return
    known = json.loads((case / "truth.json").read_text(encoding="utf-8"))["aliases"]
    person = {name: who for who, names in known.items() for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fused("case", case / "signals.jsonl", folder=folder)
        truth, clusters = folder / "truth.csv", folder / "found.csv"
        lines = (folder / "signals.jsonl").read_text(encoding="utf-8").splitlines()
        written = {
            f"{signal['source']}/{signal['id']}#{mention['ref']}": text
            for signal in map(json.loads, lines)
            for mention in signal["data"]["mentions"]
            for text in mention["properties"].get("name", ())
            if text in person
        }
        _write(truth, {mention: person[text] for mention, text in written.items()})
        _write(clusters, _entities(folder / "out"))
        found = _score(truth, clusters)
        _write(truth, written)
        spelt = _score(truth, clusters)
    wrong = f"{found['fp']:.0f} wrong pairs"
    yield Figure("aliases: crescent", found["b3_f1"], None, "B3 F1", f"{wrong}; no peer measured")
    note = "each spelling a person of its own: what names alone can say"
    yield Figure("spellings: crescent", spelt["b3_f1"], None, "B3 F1", note)


def _scripts(*, sampled: int) -> Iterator[Figure]:
    for name, (native, sounds, peer) in SCRIPTS.items():
        lines = (SETS / "translit" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        pairs = [line.split("\t")[:2] for line in random.Random(7).sample(lines, sampled)]
        latin = [frozenset(sounds(pair[1 - native])) for pair in pairs]
        there = [frozenset(sounds(pair[native].replace(" ", ""))) for pair in pairs]
        met = sum(not one.isdisjoint(other) for one, other in zip(latin, there, strict=True))
        wrong = sum(
            not latin[place].isdisjoint(there[(place + shift) % sampled])
            for shift in _SHIFTS
            for place in range(sampled)
        )
        falsely = wrong / (len(_SHIFTS) * sampled)
        note = f"{falsely:.2%} of strangers meet too; peer: metaphone, soundex or skeleton"
        yield Figure(f"across scripts: {name}", met / sampled, peer, "recall", note)


def _fused(*asked: str | Path, folder: Path) -> Path:
    """What `fusion fuse` makes of a set, as records and clusters."""
    signals, out, clusters = folder / "signals.jsonl", folder / "out", folder / "clusters.csv"
    signals.write_text(_run(TOOLS / "to_signals.py", *asked), encoding="utf-8")
    _run("-m", "fusion", "fuse", signals, "--out", out)
    made = _run(TOOLS / "to_signals.py", "clusters", out / "entities.csv")
    clusters.write_text(made, encoding="utf-8")
    return clusters


def _score(truth: Path, clusters: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(_run(TOOLS / "score.py", truth, clusters, "--json"))
    return found


def _run(*asked: str | Path) -> str:
    done = subprocess.run([sys.executable, *asked], capture_output=True, check=True, text=True)
    return done.stdout


def _entities(out: Path) -> dict[str, str]:
    with (out / "entities.csv").open(encoding="utf-8", newline="") as file:
        return {row["mention"]: row["entity"] for row in csv.DictReader(file)}


def _write(path: Path, clusters: dict[str, str]) -> None:
    numbers: dict[str, int] = defaultdict(lambda: len(numbers))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("record_id", "cluster_id"))
        rows.writerows((record, numbers[cluster]) for record, cluster in clusters.items())
