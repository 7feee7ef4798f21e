"""The upper bound of RULES 23 holds for every reader: what it skips, nobody could be told.

A ground whose bound stays below a pattern's release level is never looked at. So wherever the
reference has something held or above, for any reader and after any event, the bound must have let
the pattern through on that ground. Below, each form in which such a bound once broke, and each
shown able to fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from fusion.domain.fact import SignalFacts
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.judgement import Verdict
from fusion.domain.marking import Knowledge
from fusion.domain.pattern import Pattern
from fusion.fusing.batch import Batch
from fusion.fusing.bound import Bound
from fusion.fusing.ground import Instant
from fusion.fusing.reference import chronicle
from fusion.fusing.spanning import Spanning
from fusion.fusing.store import Touch
from fusion.fusing.touching import Touching
from tests.laws.catching import Check, Defect, Plant, assert_caught, named, seen_by
from tests.laws.cutting import in_moments
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.story import HIDDEN, Story, did, person
from tests.simulation.tiny import ENTRY, MEETING, RULES, TinyLinker, TinyModel
from tests.simulation.worlds import EVERYTHING, World, make_readers

# Two at most resolve together at the lowest bar; nothing else is cut.
TIGHT = TinyModel(key_cap=50, component_quota=50, component_limit=2)
TIGHT_RULES = replace(RULES[0], linker=TinyLinker(TIGHT))
# Of agency b, cleared for everything that is not in the compartment.
OUTSIDER = Knowledge(1, frozenset(), frozenset({"domestic", "domestic/b"}))
READERS = (EVERYTHING, OUTSIDER)


def check_bound(seed: int, size: int) -> None:
    """After all of it and at moments on the way, in whatever order those of one moment come."""
    world, random = make_world(seed, size), Random(seed)
    arrivals = in_moments(world.arrivals, random)
    engine = Engine(world.rules)
    for count, arrival in enumerate(arrivals, 1):
        engine.work([arrival])
        if count < len(arrivals) and random.random() < 0.8:
            continue
        for reader in make_readers(seed):
            for hypothesis in world.of(arrivals[:count]).fused(reader).hypotheses:
                if hypothesis.status is not Status.BELOW:
                    assert hypothesis.pattern in passed_for(engine, hypothesis)


def check_told(world: World) -> None:
    """What the reference tells of a story is told, and is not nothing for somebody."""
    expected = [chronicle(world.happenings(), world.rules, r.admits) for r in READERS]
    assert any(expected)
    engine = Engine(world.rules)
    for arrival in world.arrivals:
        engine.work([arrival])
    assert [engine.told(reader) for reader in READERS] == expected


def passed_for(engine: Engine, hypothesis: Hypothesis) -> set[str]:
    """The patterns in force that were let through on the ground of a hypothesis."""
    if not hypothesis.members:
        key = f"{hypothesis.pattern}|{hypothesis.cell_key}"
    else:
        place = engine.grounds.place_of(hypothesis.cell_key)
        ground = engine.grounds.ground(place) if place else None
        assert ground is not None
        key = ground.key
    now = engine.rules.eras[-1].era
    return {slug for era, slug in engine.store.passed([key]).get(key, ()) if era == now}


@worlds(40)
@given(seed=SEEDS, size=SIZES)
def test_where_the_bound_lets_nothing_through_no_reader_has_anything(seed: int, size: int) -> None:
    check_bound(seed, size)


# --- the forms in which such a bound once broke

ADA, BO = person("ada", number="1"), person("bo", number="2")


def positive() -> World:
    """Two who share nothing are judged to be one: half of the evidence is on either."""
    story = Story()
    story.signal("/a/x/s1", {"m": ADA}, did(MEETING, "m"))
    story.signal("/b/x/s2", {"m": BO}, did(ENTRY, "m"))
    story.judge("/a/x/s1#m", "/b/x/s2#m", Verdict.POSITIVE)
    return story.world()


def hidden_denial() -> World:
    """Two are claimed to be one; that they are denied to be, not everybody may know."""
    story = Story()
    first = story.signal("/a/x/s1", {"m": ADA}, did(MEETING, "m"))
    story.signal("/z/x/s2", {"m": BO}, identities=[_claim("m", first, "different")], marking=HIDDEN)
    story.signal("/b/x/s3", {"m": BO}, did(ENTRY, "m"), identities=[_claim("m", first, "same")])
    return story.world()


def tearlines() -> World:
    """Whoever may not know the parents has their tear-lines, and those alone."""
    story = Story()
    for name, code in (("/a/x/s1", MEETING), ("/z/x/s2", ENTRY)):
        line = {
            "text": "released",
            "releaser": "/a/desk",
            "marking": {"level": "OPEN", "releasable_to": ["*"]},
            "mentions": [{"ref": "t", **ADA}],
            "activities": [did(code, "t")],
        }
        story.signal(name, {}, marking=HIDDEN, tearlines=[line])
    return story.world()


def several_origins() -> World:
    """Two offices relay one source; who may not know that has two origins."""
    story = Story()
    for name in ("/a/x/s1", "/b/x/s2"):
        source = {"id": "one-source", "marking": HIDDEN}
        subject = {"m": ADA | {"role": "subject"}}
        poor = {"source": "D", "information": 3}
        story.signal(name, subject, did(MEETING, "m"), origin=source, grading=poor)
    return story.world()


def named_later() -> World:
    """A name that says too little to be anybody's, until a claim names it."""
    story = Story()
    row = story.signal("/a/x/s1", {"m": person("ada")}, did(MEETING, "m"))
    story.signal("/b/x/s2", {"m": BO}, did(ENTRY, "m"))
    story.signal("/b/x/s3", {"m": BO}, identities=[_claim("m", row, "same")])
    return story.world()


def late_in_its_moment() -> World:
    """What comes second of one moment is told first; after it the first one counts for more."""
    story = Story()
    story.signal("/z/x/s1", {"m": ADA}, did(MEETING, "m"))
    story.signal("/a/x/s2", {"m": ADA}, did(ENTRY, "m"), at_once=True)
    return story.world()


def rekeyed() -> World:
    """Something was let through on a ground that then became part of another."""
    story = Story()
    story.signal("/a/x/s1", {"m": BO})
    story.signal("/b/x/s2", {"m": ADA}, did(MEETING, "m"), did(ENTRY, "m"))
    both = {"schema": "Person", "properties": {"name": ["cy"], "idNumber": ["1", "2"]}}
    story.signal("/c/x/s3", {"m": both})
    story.signal("/c/x/s4", {"m": ADA})
    return story.world()


def lowest_bar() -> World:
    """All together are too many and their raised bar parts them; who may know fewer joins two."""
    story = Story(TIGHT_RULES)
    one = person("ada", number="1")
    story.signal("/z/x/s1", {"m": person("cy", number="1")}, marking=HIDDEN)
    story.signal("/a/x/s2", {"m": one}, did(MEETING, "m"))
    story.signal("/b/x/s3", {"m": person("bo", number="1")}, did(ENTRY, "m"))
    return story.world()


def _claim(ref: str, other: str, verdict: str) -> dict[str, Any]:
    sure = {"source": "A", "information": 1}
    return {"a": ref, "b": f"{other}#m", "verdict": verdict, "grading": sure}


def _joins_nobody(patch: pytest.MonkeyPatch) -> None:
    judge = Batch._judge

    def unjoined(self: Batch, judgement: Any, at: Any) -> None:
        tie, self._tie = self._tie, lambda *_: None  # type: ignore[method-assign]
        judge(self, judgement, at)
        self._tie = tie  # type: ignore[method-assign]

    patch.setattr(Batch, "_judge", unjoined)


def _denials_part(patch: pytest.MonkeyPatch) -> None:
    index = Batch._index

    def denied(self: Batch, number: int, part: int, facts: SignalFacts, at: Any) -> None:
        denied_ones.update(claim.b for claim in facts.claims if not claim.is_same)
        kept = tuple(claim for claim in facts.claims if claim.b not in denied_ones)
        index(self, number, part, replace(facts, claims=kept), at)

    denied_ones: set[str] = set()
    patch.setattr(Batch, "_index", denied)


def _no_tearlines(patch: pytest.MonkeyPatch) -> None:
    weigh = Batch._weigh

    def parents_only(self: Batch, number: int, part: int, facts: SignalFacts, at: Instant) -> None:
        if facts.parent is None:
            weigh(self, number, part, facts, at)

    patch.setattr(Batch, "_weigh", parents_only)


def _origins_once(patch: pytest.MonkeyPatch) -> None:
    weigh = Batch._weigh
    heard: set[str] = set()

    def once(self: Batch, number: int, part: int, facts: SignalFacts, at: Instant) -> None:
        if facts.origin is None or facts.origin not in heard:
            weigh(self, number, part, facts, at)
        heard.add(facts.origin or "")

    patch.setattr(Batch, "_weigh", once)


def _too_many_stay_apart(patch: pytest.MonkeyPatch) -> None:
    merge = Spanning._merge

    def within_the_limit(self: Spanning, one: int, other: int) -> None:
        index = self._index
        rows = [row for row in index._numbers.values() if row.is_specific]
        both = {index.component(one), index.component(other)}
        if sum(each in both for each in index.components(rows)) <= TIGHT.component_limit:
            merge(self, one, other)

    patch.setattr(Spanning, "_merge", within_the_limit)


def _rows_lose_their_weight(patch: pytest.MonkeyPatch) -> None:
    rekey = Bound.rekey

    def light(self: Bound, old: str, new: str) -> None:
        self.load((old,))
        if old.startswith("m"):
            self._weights.pop(old, None)
            self._passed.pop(old, None)
        rekey(self, old, new)

    patch.setattr(Bound, "rekey", light)


def _looks_ahead_only(patch: pytest.MonkeyPatch) -> None:
    def now(self: Touching, place: str, at: Any) -> None:
        if self._bound.has_passed(self._spanning.ground(place)):
            self._changes.touches.append(Touch(at, place))

    patch.setattr(Touching, "_touch", now)


def _passed_is_left_behind(patch: pytest.MonkeyPatch) -> None:
    rekey = Bound.rekey

    def forgetful(self: Bound, old: str, new: str) -> None:
        self.load((old, new))
        self._passed.pop(old, None)
        weights = self._weights.pop(old, None)
        rekey(self, old, new)
        if weights:
            self._weights[new] = {**weights, **self._weights.get(new, {})}

    patch.setattr(Bound, "rekey", forgetful)


def _roles_do_not_add_up(patch: pytest.MonkeyPatch) -> None:
    def heaviest(self: Bound, on: str, pattern: Pattern) -> None:
        sums = self._weights.get(on, {})
        best = max((sums.get((pattern.slug, role.name), 0) for role in pattern.roles), default=0)
        if best >= pattern.release and pattern.slug not in self._passed.get(on, ()):
            self._pass(on, pattern.slug)

    patch.setattr(Bound, "_check", heaviest)


@dataclass(frozen=True)
class Form:
    """A story that breaks a bound, and the bound that it breaks.

    `is_common`: so common that random worlds show it too.
    """

    says: str
    story: Callable[[], World]
    breaks: Plant
    is_common: bool = True


FORMS = (
    Form("a POSITIVE merges two grounds", positive, _joins_nobody, is_common=False),
    Form(
        "a component is smaller, so its bar lower",
        lowest_bar,
        _too_many_stay_apart,
        is_common=False,
    ),
    Form("a denial is hidden from the reader", hidden_denial, _denials_part, is_common=False),
    Form("tear-lines count beside their parents", tearlines, _no_tearlines),
    Form("one origin is several where it is hidden", several_origins, _origins_once),
    Form("a row is named later by a claim", named_later, _rows_lose_their_weight),
    # It lets through what it should, and looks in the wrong place: `check_bound` can't see that.
    Form(
        "what comes late in its moment is told before",
        late_in_its_moment,
        _looks_ahead_only,
        is_common=False,
    ),
    Form("what was let through moves with its ground", rekeyed, _passed_is_left_behind),
    Form("roles add up", positive, _roles_do_not_add_up),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.says)
def test_the_bound_holds_where(form: Form) -> None:
    check_told(form.story())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.says)
def test_a_bound_that_forgets_it_breaks_where(form: Form) -> None:
    with pytest.MonkeyPatch.context() as patch:
        form.breaks(patch)
        with pytest.raises(AssertionError):
            check_told(form.story())


# A longer search found worlds that show each from here on.
FIRST = 20
DEFECTS = seen_by(
    check_bound,
    *(
        Defect(f"the bound forgets that {form.says}", form.breaks, FIRST)
        for form in FORMS
        if form.is_common
    ),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_random_worlds_see_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
