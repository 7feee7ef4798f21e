"""`fusion fuse`: the same fusion, offline: signals in, four files out (CONTRACT.md section 4)."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from fusion import assembly, offline
from fusion.access.reader import reader_of
from fusion.cli.options import command, moment
from fusion.cli.progress import shown_progress
from fusion.domain.errors import Misused
from fusion.settings import Settings

# A bound and no order: the file's only writer is one process, and dealing out the checking of its
# lines to others was measured to gain nothing (the README's decisions). More than this is a slip.
MAX_WORKERS = 1024


def run(arguments: list[str], settings: Settings) -> int:
    """Fuse a file of signals and write what follows from it."""
    asked = _asked(arguments, settings)
    started = perf_counter()
    with shown_progress() as progress:
        offline_rules = assembly.offline_rules
        rules, community, registry = offline_rules(asked.patterns, asked.registry, settings)
        reader = reader_of(_json(asked.reader)) if asked.reader else None
        wanted = offline.Asked(until=asked.until, shuffle=asked.shuffle, reader=reader)
        with offline.fused_file(
            _readable(asked.signals),
            wanted,
            rules,
            community=community,
            registry=registry,
            progress=progress,
        ) as fused:
            summary = _write(fused, asked.out, progress, perf_counter() - started)
    print(json.dumps(summary["counts"] | {"digest": summary["digest"]}))
    return 0


def _asked(arguments: list[str], settings: Settings) -> argparse.Namespace:
    parser = command("fuse", "Fuse a file of signals, offline.")
    parser.add_argument("signals", type=Path, metavar="SIGNALS.jsonl", help="one event a line")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the four files")
    parser.add_argument("--until", type=moment, metavar="TIME", help="default: the last signal's")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="work in a shuffled order")
    parser.add_argument("--reader", type=Path, metavar="FILE", help="one reader, as printed grants")
    parser.add_argument("--registry", type=Path, metavar="FILE", help="agencies, posts, mechanisms")
    parser.add_argument("--patterns", type=Path, default=settings.patterns, metavar="DIR")
    parser.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="use at most so many processes (it is one)",
    )
    return parser.parse_args(arguments)


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_WORKERS}")
    return int(text)


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise Misused(f"{path}: there is no such file")
    return path


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_readable(path).read_text())
    except ValueError as error:
        raise Misused(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise Misused(f"{path}: a reader is one JSON object")
    return document


def _write(
    fused: offline.Fused, out: Path, progress: offline.Progress, seconds: float
) -> dict[str, Any]:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(f"{out}: {error.strerror}") from None
    export = fused.export(lambda done, of: progress("fusing", done, of))
    with (out / "entities.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["mention", "entity"])
        writer.writerows(export.entities)
    _write_lines(out / "links.jsonl", fused.links(export))
    alerts = list(fused.alerts(lambda done, of: progress("telling", done, of)))
    _write_lines(out / "alerts.jsonl", iter(alerts))
    summary = {
        "model": fused.rules.linker.version,
        "patterns": {p.slug: p.version for p in fused.rules.patterns},
        "counts": {
            "signals": fused.signals,
            "mentions": len(export.entities),
            "entities": len({entity for _, entity in export.entities}),
            "links": len(export.links),
            "alerts": len({alert["alert"] for alert in alerts}),
            "versions": len(alerts),
        },
        "seconds": round(seconds, 3),
        "digest": export.digest,
    }
    (out / "run.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def _write_lines(path: Path, documents: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")
