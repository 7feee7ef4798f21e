"""Why two mentions are one, or are not: recomputed from the model and the two profiles.

Content, claims and judgements, each with its bits and the signals behind it, as far as the class
may know. What is shown is what was used: the comparison itself explains.
"""

from __future__ import annotations

from typing import Any

from fusion.access.disclosure import Disclosure, disclosing
from fusion.domain.ids import signal_of
from fusion.domain.judgement import Judgement
from fusion.fusing.ground import Ground
from fusion.projections.store.lookups import judgements_on
from fusion.projections.view.scene import Scene


def why_document(scene: Scene, a: str, b: str) -> Disclosure[dict[str, Any]]:
    """The verdict on two known mentions, and because of what."""
    one, other = scene.mention(a), scene.mention(b)
    assert one is not None
    assert other is not None
    linker = scene.rules.linker
    signals = sorted({signal_of(a), signal_of(b)})
    because: list[dict[str, Any]] = [
        {"feature": line.feature, "text": line.text, "bits": line.bits / 1000, "signals": signals}
        for line in linker.explain(one.profile, other.profile)
    ]
    ground = scene.ground_of(a)
    because += _claims(scene, ground, a, b) + _judgements(scene, a, b)
    entity = scene.entity(a)
    is_same = entity is not None and any(m.name == b for m in entity)
    bits = linker.bits(one.profile, other.profile)
    verdict = "same" if is_same else _apart(scene, bits, because)
    document = {
        "a": a,
        "b": b,
        "verdict": verdict,
        "bits": bits / 1000,
        "because": because,
        "threshold": linker.model.same / 1000,
        "model": linker.version,
    }
    return disclosing(document, {*signals, *(s for line in because for s in line["signals"])})


def _apart(scene: Scene, bits: int, because: list[dict[str, Any]]) -> str:
    """What two mentions of different entities are: different for a reason, or merely possible."""
    model = scene.rules.linker.model
    against = {"denial", "judgement NEGATIVE"} & {line["feature"] for line in because}
    if bits <= model.conflict or against:
        return "different"
    return "possible" if bits >= model.possible else "different"


def _claims(scene: Scene, ground: Ground | None, a: str, b: str) -> list[dict[str, Any]]:
    """What signals claim of any mention of the one entity and any of the other."""
    if ground is None:
        return []
    ours = {m.name for m in scene.entity(a) or ()} | {a}
    theirs = {m.name for m in scene.entity(b) or ()} | {b}
    model = scene.rules.linker.model
    found = []
    for name, signal in sorted(scene.signals_at(ground, scene.at).items()):
        for claim in signal.claims:
            if (claim.a in ours and claim.b in theirs) or (claim.a in theirs and claim.b in ours):
                weight = model.claim_bits * claim.grade.permille / 1_000_000
                found.append(
                    {
                        "feature": "claim" if claim.is_same else "denial",
                        "text": _claim_text(claim.is_same, claim.office, claim.grade.code),
                        "bits": round(weight if claim.is_same else -weight, 3),
                        "signals": [name],
                    }
                )
    return found


def _claim_text(is_same: bool, office: str, grade: str) -> str:  # noqa: FBT001
    said = "the same" if is_same else "different"
    return f"{office} says that they are {said} (graded {grade})"


def _judgements(scene: Scene, a: str, b: str) -> list[dict[str, Any]]:
    made = [
        judgement
        for judgement, recorded in judgements_on(scene.store, a)
        if set(judgement.pair) == {a, b}
        and scene.has_happened(recorded)
        and scene.admits(judgement.marking)
    ]
    return [_judged(judgement) for judgement in made]


def _judged(judgement: Judgement) -> dict[str, Any]:
    return {
        "feature": f"judgement {judgement.verdict}",
        "text": f"{judgement.author} judged them {judgement.verdict}: {judgement.reason}",
        "bits": 0,
        "signals": list(judgement.because),
    }
