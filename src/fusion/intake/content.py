"""What a signal's `data` says, held against vocabulary, registry and itself.

Asked once the shape is right. Finds words that no vocabulary has, refs without a mention, dates
that are none and markings that may not stand where they stand. Promises to look at everything,
whatever it found before; what hangs on something unreadable (a marking inside an unreadable one) is
passed over, so that one fault is not told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fusion.access.publisher import PublisherRights
from fusion.domain import ids
from fusion.domain.clock import parse_moment, period_end, period_start
from fusion.domain.compiling import Community, compile_marking
from fusion.domain.errors import Invalid, shown, step
from fusion.domain.marking import NormalForm, is_same_or_stricter
from fusion.domain.signal import (
    Activity,
    IdentityClaim,
    Marking,
    Mention,
    Origin,
    Period,
    Relation,
    Submission,
    Tearline,
)
from fusion.domain.vocabulary import Vocabulary
from fusion.intake.faults import Faults

# CONTRACT.md section 1: a signal is a fragment; who holds a list sends many signals.
MAX_MENTIONS = 500
# FollowTheMoney's longest values but prose are addresses on the web. Prose belongs in `summary`.
MAX_VALUE_CHARACTERS = 4096
# Linking compares the values of two mentions pair by pair: 200 and 200 make 40,000 comparisons.
MAX_VALUES = 200

_DAY_CHARACTERS = len("2001-09-11")

# The markings of the mentions of a signal or tear-line, by ref; None for one that can't be read.
_Forms = Mapping[str, NormalForm | None]


class ContentCheck:
    """The check of one submission of agency `owner` (None: unknown), named `signal`."""

    def __init__(
        self,
        faults: Faults,
        *,
        signal: str,
        owner: str | None,
        publisher: PublisherRights | None,
        community: Community,
        vocabulary: Vocabulary,
    ) -> None:
        self._faults = faults
        self._signal = signal
        self._owner = owner
        self._publisher = publisher
        self._community = community
        self._vocabulary = vocabulary
        self._known: dict[Marking, NormalForm] = {}

    def submission(self, submission: Submission) -> None:
        """Note everything that is wrong with what a submission says."""
        count = len(submission.mentions) + sum(len(t.mentions) for t in submission.tearlines)
        if count > MAX_MENTIONS:
            detail = f"{count} mentions, tear-lines included; a signal has at most {MAX_MENTIONS}"
            self._faults.add("/data/mentions", detail)
        outer = self._form(submission.marking, "/data/marking")
        forms = self._facts(submission, outer, "/data")
        for place, claim in enumerate(submission.identities):
            self._identity(claim, forms, outer, f"/data/identities/{place}")
        if submission.origin is not None:
            self._origin(submission.origin, outer)
        if submission.retain_until is not None and not _is_day(submission.retain_until):
            self._faults.add("/data/retain_until", "must be a date, YYYY-MM-DD")
        for place, tearline in enumerate(submission.tearlines):
            self._tearline(tearline, f"/data/tearlines/{place}")

    def _tearline(self, tearline: Tearline, at: str) -> None:
        # A named person released it, so its marking may be lower than the signal's.
        outer = self._form(tearline.marking, f"{at}/marking")
        self._facts(tearline, outer, at)
        for name in ("text", "releaser"):
            if not getattr(tearline, name).strip():
                self._faults.add(f"{at}/{name}", "is empty")

    def _facts(self, part: Submission | Tearline, outer: NormalForm | None, at: str) -> _Forms:
        """What signals and tear-lines have in common."""
        forms = self._mentions(part.mentions, outer, at)
        for place, relation in enumerate(part.relations):
            self._relation(relation, forms, outer, f"{at}/relations/{place}")
        for place, activity in enumerate(part.activities):
            self._activity(activity, forms, outer, f"{at}/activities/{place}")
        self._words(part.topics, self._vocabulary.has_topic, "topic", at, "topics")
        if part.observed is not None:
            self._period(part.observed, f"{at}/observed")
        return forms

    def _mentions(
        self, mentions: tuple[Mention, ...], outer: NormalForm | None, at: str
    ) -> dict[str, NormalForm | None]:
        forms: dict[str, NormalForm | None] = {}
        for place, mention in enumerate(mentions):
            here = f"{at}/mentions/{place}"
            if not ids.is_ref(mention.ref):
                self._faults.add(f"{here}/ref", f"{shown(mention.ref)} is no ref")
            elif mention.ref in forms:
                self._faults.add(f"{here}/ref", f"{shown(mention.ref)} stands there twice")
            forms[mention.ref] = self._nearer(mention.marking, outer, here)
            if self._vocabulary.is_mention(mention.schema):
                self._properties(mention.schema, mention.properties, here)
            else:
                self._faults.add(f"{here}/schema", self._why_no_mention(mention.schema))
        return forms

    def _why_no_mention(self, schema: str) -> str:
        if self._vocabulary.is_edge(schema):
            return f"{shown(schema)} is a relation's schema, no mention's"
        if self._vocabulary.has_schema(schema):
            return f"{shown(schema)} is too general for a mention"
        return f"{shown(schema)} is no schema of the vocabulary"

    def _properties(self, schema: str, properties: Mapping[str, tuple[str, ...]], at: str) -> None:
        for name, values in properties.items():
            if not self._vocabulary.has_property(schema, name):
                detail = f"{schema} has no property {shown(name)}"
            elif self._vocabulary.is_entity_property(schema, name):
                detail = f"{shown(name)} is itself an entity: say it by a relation"
            elif len(values) > MAX_VALUES:
                detail = f"{len(values)} values; a property has at most {MAX_VALUES}"
            else:
                is_date = self._vocabulary.property_type(schema, name) == "date"
                for place, value in enumerate(values):
                    if flaw := _flaw_of(value, is_date=is_date):
                        self._faults.add(f"{at}/properties{step(name)}/{place}", flaw)
                continue
            self._faults.add(f"{at}/properties{step(name)}", detail)

    def _relation(
        self, relation: Relation, forms: _Forms, outer: NormalForm | None, at: str
    ) -> None:
        if self._vocabulary.is_edge(relation.schema):
            self._properties(relation.schema, relation.properties, at)
        else:
            detail = f"{shown(relation.schema)} is no relation's schema of the vocabulary"
            self._faults.add(f"{at}/schema", detail)
        self._ref(relation.from_, forms, at, "from")
        self._ref(relation.to, forms, at, "to")
        own = self._nearer(relation.marking, outer, at)
        self._not_lower(own, (relation.from_, relation.to), forms, at)

    def _activity(
        self, activity: Activity, forms: _Forms, outer: NormalForm | None, at: str
    ) -> None:
        words = self._vocabulary
        if not words.has_code(activity.code):
            detail = f"{shown(activity.code)} is no code of the vocabulary"
            self._faults.add(f"{at}/code", detail)
        stated = activity.circumstances
        self._words(stated, words.has_circumstance, "circumstance", at, "circumstances")
        self._words(activity.topics, words.has_topic, "topic", at, "topics")
        self._words(activity.countries, words.has_country, "country", at, "countries")
        self._refs(activity.subjects, forms, at, "subjects")
        self._refs(activity.objects, forms, at, "objects")
        named = (*activity.subjects, *activity.objects)
        if activity.place is not None:
            self._ref(activity.place, forms, at, "place")
            named = (*named, activity.place)
        own = self._nearer(activity.marking, outer, at)
        self._not_lower(own, named, forms, at)

    def _identity(
        self, claim: IdentityClaim, forms: _Forms, outer: NormalForm | None, at: str
    ) -> None:
        self._ref(claim.a, forms, at, "a")
        other = claim.b
        if "#" not in other:
            self._ref(other, forms, at, "b")
        elif not ids.is_mention_name(other):
            self._faults.add(f"{at}/b", f"{shown(other)} is no name of a mention")
        elif ids.signal_of(other) == self._signal:
            other = other.rsplit("#", 1)[1]
            self._ref(other, forms, at, "b")
        if claim.a == other:
            self._faults.add(f"{at}/b", "is the mention that `a` names")
        own = self._nearer(claim.marking, outer, at)
        self._not_lower(own, (claim.a, other), forms, at)

    def _origin(self, origin: Origin, outer: NormalForm | None) -> None:
        if not origin.id.strip():
            self._faults.add("/data/origin/id", "is empty")
        elif origin.id.startswith("/") and not ids.is_signal_name(origin.id):
            self._faults.add("/data/origin/id", f"{shown(origin.id)} is no name of a signal")
        self._nearer(origin.marking, outer, "/data/origin")

    # Words, refs and dates

    def _words(
        self, words: Iterable[str], has: Callable[[str], bool], kind: str, at: str, member: str
    ) -> None:
        # Pointers are written where a fault is, since most signals have none.
        for place, word in enumerate(words):
            if not has(word):
                detail = f"{shown(word)} is no {kind} of the vocabulary"
                self._faults.add(f"{at}/{member}/{place}", detail)

    def _refs(self, refs: Iterable[str], forms: _Forms, at: str, member: str) -> None:
        for place, ref in enumerate(refs):
            if ref not in forms:
                self._ref(ref, forms, at, f"{member}/{place}")

    def _ref(self, ref: str, forms: _Forms, at: str, member: str) -> None:
        if ref not in forms:
            self._faults.add(f"{at}/{member}", f"{shown(ref)} is the ref of no mention here")

    def _period(self, period: Period, at: str) -> None:
        start = self._moment(period.from_, period_start, f"{at}/from")
        end = self._moment(period.to, period_end, f"{at}/to")
        if start is not None and end is not None and start > end:
            self._faults.add(at, "ends before it begins")

    def _moment(self, text: str | None, read: Callable[[str], int], at: str) -> int | None:
        if text is None:
            return None
        try:
            return read(text)
        except ValueError:
            detail = f"{shown(text)} is none of YYYY, YYYY-MM, YYYY-MM-DD and a time with an offset"
            self._faults.add(at, detail)
            return None

    # Markings

    def _form(self, marking: Marking, at: str) -> NormalForm | None:
        """The normal form of a marking; None, with its faults noted, where it can't be read."""
        known = self._known.get(marking)
        if known is not None:
            return known
        before = len(self._faults.found)
        words = self._vocabulary
        self._words(marking.purposes, words.has_purpose, "purpose", at, "purposes")
        self._words(marking.nations, words.has_country, "country", at, "nations")
        is_closed = marking.discovery == "none"
        if is_closed and not self._community.has_steward_for(marking.compartments):
            detail = "is taken only while the registry names a steward who is cleared for all of it"
            self._faults.add(f"{at}/discovery", detail)
        if marking.desk is not None and not marking.desk.strip():
            self._faults.add(f"{at}/desk", "is empty")
        if self._publisher is not None:
            self._registration(marking, self._publisher, at)
        form = self._compiled(marking, at)
        if form is not None and len(self._faults.found) == before:
            self._known[marking] = form
        return form

    def _compiled(self, marking: Marking, at: str) -> NormalForm | None:
        if self._owner is None:
            return None
        try:
            return compile_marking(marking, owner=self._owner, community=self._community)
        except Invalid as refusal:
            self._faults.add_all(refusal.faults, below=at)
            return None

    def _registration(self, marking: Marking, publisher: PublisherRights, at: str) -> None:
        """A publisher marks only with what it is registered for."""
        levels = self._community.levels
        allowed = levels[: levels.index(publisher.level) + 1] if publisher.level in levels else ()
        if marking.level in levels and marking.level not in allowed:
            detail = f"this publisher is registered up to {publisher.level}"
            self._faults.add(f"{at}/level", detail)
        for place, compartment in enumerate(marking.compartments):
            if compartment not in publisher.compartments:
                detail = f"this publisher is not registered for {shown(compartment)}"
                self._faults.add(f"{at}/compartments/{place}", detail)

    def _nearer(
        self, marking: Marking | None, outer: NormalForm | None, at: str
    ) -> NormalForm | None:
        """The form under which a part stands: its own, which may only be stricter, or the outer."""
        if marking is None:
            return outer
        form = self._form(marking, f"{at}/marking")
        if form is not None and outer is not None and not is_same_or_stricter(form, outer):
            self._faults.add(f"{at}/marking", "is less strict than the marking around it")
        return form

    def _not_lower(
        self, own: NormalForm | None, refs: Iterable[str], forms: _Forms, at: str
    ) -> None:
        """What connects is marked no lower than the join of what it names."""
        # No lower than each is no lower than the join of all (tests/domain/test_marking.py).
        for ref in refs:
            form = forms.get(ref)
            if own is None or form is None or form is own or is_same_or_stricter(own, form):
                continue
            self._faults.add(at, f"is marked lower than {shown(ref)}, which it names")
            return


def _flaw_of(value: str, *, is_date: bool) -> str | None:
    """What is wrong with a property's value, if anything is."""
    if not value or value.isspace():
        return "is empty"
    if len(value) > MAX_VALUE_CHARACTERS:
        return f"a value has at most {MAX_VALUE_CHARACTERS} characters"
    if is_date and not _is_calendar(value):
        return f"{shown(value)} is no date"
    return None


def _is_day(text: str) -> bool:
    return len(text) == _DAY_CHARACTERS and _reads(period_start, text)


def _is_calendar(text: str) -> bool:
    """Whether FollowTheMoney takes it for a date: to the year, month or day, or a time.

    There a time needs no offset.
    """
    return _reads(period_start, text) or _reads(parse_moment, text + "Z")


def _reads(read: Callable[[str], int], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
