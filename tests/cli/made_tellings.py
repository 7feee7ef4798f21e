"""What readers are told, made by hand: alerts as the service says them, with their explanations."""

from __future__ import annotations

from typing import Any

from fusion.cli.demonstration.told import Explanation, Kind, Telling, explanation_of, telling

THRESHOLD = 8.0


def evidence(signal: str, bits: float, *, text: str = "Seen (graded A2)") -> dict[str, Any]:
    """One piece, held by the office of its signal."""
    office = "/".join(signal.split("/")[:3])
    return {
        "signal": signal,
        "fact": f"{signal}#activities/0",
        "role": "seen",
        "bits": bits,
        "text": text,
        "holder": office,
    }


def explanation(
    *pieces: dict[str, Any], without: dict[str, float] | None = None, plain: tuple[str, ...] = ()
) -> Explanation:
    """Pieces that state circumstances, but for those of the signals in `plain`."""
    bits = sum(piece["bits"] for piece in pieces)
    offices: dict[str, float] = {}
    for piece in pieces:
        offices[piece["holder"]] = offices.get(piece["holder"], 0) + piece["bits"]
    agencies: dict[str, float] = {}
    for office, held in offices.items():
        agencies[office.split("/")[1]] = agencies.get(office.split("/")[1], 0) + held
    left = without or {agency: bits - held for agency, held in agencies.items()}
    answer = {
        "bits": bits,
        "threshold": THRESHOLD,
        "evidence": list(pieces),
        "shares": {office: held / bits for office, held in offices.items()},
        "alone": agencies | offices,
        "without": {each: {"bits": b, "raised": b >= THRESHOLD} for each, b in left.items()},
    }
    facts = [piece["fact"] for piece in pieces if piece["signal"] not in plain]
    return explanation_of(answer, circumstantial=facts)


def alert(why: Explanation, **changed: Any) -> dict[str, Any]:
    """An alert with that explanation."""
    agencies = sorted({piece.agency for piece in why.pieces})
    alone = [why.alone[agency] for agency in agencies]
    return {
        "alert": "a-ONE",
        "version": 1,
        "at": "2015-03-09T11:00:00.000000Z",
        "pattern": "bank-run",
        "title": "A bank may soon be run on: Harrowgate",
        "bits": why.bits,
        "gain_bits": why.bits - max(alone),
        "cross_agency": why.bits >= THRESHOLD > max(alone),
        "cross_office": True,
        "agencies": agencies,
        "signals": sorted({piece.signal for piece in why.pieces}),
        "lead": {
            "mechanism": "banks",
            "post": "/bank/chief",
            "title": "Chief of supervision",
            "deputy": "/bank/second",
            "also": [],
        },
        "participants": {"core": agencies, "auxiliary": []},
        "acknowledge_by": "2015-03-09T15:00:00.000000Z",
        "rung": "full",
    } | changed


def told(
    why: Explanation, *, reader: str = "analyst", kind: Kind = "raised", **changed: Any
) -> Telling:
    """A telling of that alert."""
    return telling(reader, kind, alert(why, **changed), why)
