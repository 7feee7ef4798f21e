"""Judgements as the store keeps them."""

from __future__ import annotations

import json

import msgspec

from fusion.domain.judgement import Judgement, Verdict
from fusion.events.catalog import StoredMarking, load_marking, store_marking


def load_judgement(body: bytes) -> Judgement:
    """A judgement as it was stored."""
    d = json.loads(body)
    return Judgement(
        id=d["id"],
        author=d["author"],
        a=d["a"],
        b=d["b"],
        verdict=Verdict(d["verdict"]),
        reason=d["reason"],
        order=d["order"],
        marking=load_marking(msgspec.convert(d["marking"], StoredMarking)),
        because=tuple(d["because"]),
    )


def store_judgement(judgement: Judgement) -> bytes:
    """A judgement's bytes."""
    return json.dumps(
        {
            "id": judgement.id,
            "author": judgement.author,
            "a": judgement.a,
            "b": judgement.b,
            "verdict": str(judgement.verdict),
            "reason": judgement.reason,
            "order": judgement.order,
            "marking": msgspec.to_builtins(store_marking(judgement.marking)),
            "because": judgement.because,
        },
        sort_keys=True,
    ).encode()
