"""The codec: the bytes of every event are pinned, and a signal's digest is of what makes it one."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.errors import Invalid, Unreadable
from fusion.domain.judgement import Verdict
from fusion.domain.marking import NormalForm
from fusion.events import catalog
from fusion.events.catalog import CATALOG, Event, SignalRetracted, SignalSubmitted
from fusion.events.codec import decode, encode, signal_digest, signal_envelope
from fusion.events.envelope import Envelope, Recorded
from fusion.events.position import Position

_MARKING = catalog.store_marking(
    NormalForm(
        level=2,
        compartments=frozenset({"SI", "HCS"}),
        clauses=frozenset({frozenset({"domestic/fbi", "domestic/cia"}), frozenset({"purpose/x"})}),
        owners=frozenset({"fbi"}),
    )
)
_STORED = (
    b'{"level":2,"compartments":["HCS","SI"],"clauses":[["domestic/cia","domestic/fbi"],'
    b'["purpose/x"]],"owners":["fbi"],"discovery":1,"may_break_glass":false}'
)

# One example of every event that is no signal, with the bytes that stand in every log since its
# version was first written. A line here changes only together with a new version and an upcaster.
_GOLDEN: list[tuple[str, int, Event, bytes]] = [
    (
        "namespace.opened",
        2,
        catalog.NamespaceOpened(
            name="exercise:s", kind="exercise", seed="s", levels=("OPEN", "SECRET")
        ),
        b'{"name":"exercise:s","kind":"exercise","seed":"s","levels":["OPEN","SECRET"]}',
    ),
    (
        "judgement.made",
        1,
        catalog.JudgementMade(
            id="j1",
            author="ana",
            agency="cia",
            a="/cia/ctc/1#m1",
            b="/fbi/phoenix/2#m1",
            verdict=Verdict.NEGATIVE,
            reason="two men",
            because=("/cia/ctc/3",),
            marking=_MARKING,
        ),
        b'{"id":"j1","author":"ana","agency":"cia","a":"/cia/ctc/1#m1","b":"/fbi/phoenix/2#m1",'
        b'"verdict":"NEGATIVE","reason":"two men","because":["/cia/ctc/3"],"marking":'
        + _STORED
        + b"}",
    ),
    (
        "alert.acknowledged",
        1,
        catalog.AlertAcknowledged(
            id="k1",
            author="ana",
            agency="cia",
            office="/cia/ctc",
            alert="a-1",
            names=("a-1", "a-2"),
            version=3,
            marking=_MARKING,
        ),
        b'{"id":"k1","author":"ana","agency":"cia","office":"/cia/ctc","alert":"a-1",'
        b'"names":["a-1","a-2"],"version":3,"marking":' + _STORED + b"}",
    ),
    (
        "feedback.given",
        1,
        catalog.FeedbackGiven(
            id="f1",
            author="ana",
            agency="cia",
            office="/cia/ctc",
            alert="a-1",
            names=("a-1",),
            verdict="dismissed",
            reason="a namesake",
            marking=_MARKING,
        ),
        b'{"id":"f1","author":"ana","agency":"cia","office":"/cia/ctc","alert":"a-1",'
        b'"names":["a-1"],"verdict":"dismissed","reason":"a namesake","marking":' + _STORED + b"}",
    ),
    (
        "signal.purged",
        1,
        catalog.SignalPurged(signal="/fbi/x/1", retracts="/fbi/x/0", reason="order 7"),
        b'{"signal":"/fbi/x/1","retracts":"/fbi/x/0","reason":"order 7"}',
    ),
    (
        "disclosure.requested",
        2,
        catalog.DisclosureRequested(
            id="d1",
            author="ana",
            agency="cia",
            kind="signal",
            name="/fbi/tearline/H1",
            names=("/fbi/tearline/H1",),
            behind=("/fbi/phoenix/1",),
            reason="the name",
            desk="/fbi/desk",
            mechanism=None,
            marking=_MARKING,
        ),
        b'{"id":"d1","author":"ana","agency":"cia","kind":"signal","name":"/fbi/tearline/H1",'
        b'"names":["/fbi/tearline/H1"],"behind":["/fbi/phoenix/1"],"reason":"the name",'
        b'"desk":"/fbi/desk","mechanism":null,'
        b'"marking":' + _STORED + b"}",
    ),
    (
        "disclosure.answered",
        1,
        catalog.DisclosureAnswered(
            request="d1",
            author="bob",
            agency="fbi",
            post="/fbi/duty",
            answer="granted",
            reason="by a case",
            released="c-1",
            marking=_MARKING,
        ),
        b'{"request":"d1","author":"bob","agency":"fbi","post":"/fbi/duty","answer":"granted",'
        b'"reason":"by a case","released":"c-1","marking":' + _STORED + b"}",
    ),
    (
        "registry.loaded",
        1,
        catalog.RegistryLoaded({"mechanisms": [], "agencies": [{"name": "fbi", "kind": "d"}]}),
        b'{"document":{"agencies":[{"kind":"d","name":"fbi"}],"mechanisms":[]}}',
    ),
    (
        "publisher.registered",
        1,
        catalog.PublisherRegistered(
            name="phx", source="/fbi/phoenix", ceiling="B2", level="SECRET", compartments=("SI",)
        ),
        (
            b'{"name":"phx","source":"/fbi/phoenix","ceiling":"B2","level":"SECRET",'
            b'"compartments":["SI"]}'
        ),
    ),
    (
        "grants.set",
        1,
        catalog.GrantsSet(
            name="ana",
            agency="cia",
            nation=None,
            level="SECRET",
            compartments=("SI",),
            groups=("ct",),
            roles=("analyst",),
            purposes=("prevention",),
            cases=("c-1",),
        ),
        (
            b'{"name":"ana","agency":"cia","nation":null,"level":"SECRET","compartments":["SI"],'
            b'"groups":["ct"],"roles":["analyst"],"purposes":["prevention"],"cases":["c-1"]}'
        ),
    ),
    ("grants.revoked", 1, catalog.GrantsRevoked("ana"), b'{"name":"ana"}'),
    (
        "model.published",
        1,
        catalog.ModelPublished(version="2026.1", digest="ab12"),
        b'{"version":"2026.1","digest":"ab12"}',
    ),
    (
        "pattern.published",
        1,
        catalog.PatternPublished(
            slug="p", version=2, body={"title": "P", "caps": {"b": 1, "a": 2}}
        ),
        b'{"slug":"p","version":2,"body":{"caps":{"a":2,"b":1},"title":"P"}}',
    ),
    (
        "library.published",
        1,
        catalog.LibraryPublished(patterns=({"slug": "p", "version": 2, "title": "P"},)),
        b'{"patterns":[{"slug":"p","title":"P","version":2}]}',
    ),
    ("clock.ticked", 1, catalog.ClockTicked(11513), b'{"day":11513}'),
    (
        "key.created",
        1,
        catalog.KeyCreated(purpose="handles", key="AAEC"),
        b'{"purpose":"handles","key":"AAEC"}',
    ),
]

_NAMES = [name for name, _, _, _ in _GOLDEN]

_SUBMITTED: dict[str, Any] = {
    "specversion": "1.0",
    "type": "fusion.signal.submitted.v1",
    "source": "/fbi/phoenix",
    "id": "EC-1",
    "time": "2001-07-10T00:00:00Z",
    "datacontenttype": "application/json",
    "traceparent": "00-ab",
    "data": {"marking": {"level": "SECRET"}, "grading": {"source": "B", "information": 3}},
}
_SUBMITTED_BODY = (
    b'{"specversion":"1.0","type":"fusion.signal.submitted.v1","source":"/fbi/phoenix",'
    b'"id":"EC-1","time":"2001-07-10T00:00:00Z","datacontenttype":"application/json",'
    b'"traceparent":"00-ab","data":{"marking":{"level":"SECRET"},'
    b'"grading":{"source":"B","information":3}},"fusionceiling":"B2","fusionpublisher":"phx"}'
)
# SHA-256 of the sorted JSON without `traceparent`, made outside this program.
_SUBMITTED_DIGEST = "bc0af87d8967df63672dc5d694b349fba9f91f73ed1bfb4f93b3ad818a84b4a8"
_RETRACTED: dict[str, Any] = {
    "specversion": "1.0",
    "type": "fusion.signal.retracted.v1",
    "source": "/fbi/phoenix",
    "id": "EC-2",
    "time": "2001-07-11T00:00:00Z",
    "data": {"retracts": "EC-1", "reason": "wrong man"},
}
_RETRACTED_BODY = (
    b'{"specversion":"1.0","type":"fusion.signal.retracted.v1","source":"/fbi/phoenix",'
    b'"id":"EC-2","time":"2001-07-11T00:00:00Z","data":{"retracts":"EC-1","reason":"wrong man"},'
    b'"fusionceiling":"A1","fusionpublisher":"phx"}'
)


@pytest.mark.parametrize(("name", "version", "event", "body"), _GOLDEN, ids=_NAMES)
def test_the_stored_bytes_of_an_event_never_change(
    name: str, version: int, event: Event, body: bytes
) -> None:
    envelope = encode(event, source="/fusion/x", id="1")
    assert (envelope.type, envelope.version, envelope.body) == (name, version, body)
    assert envelope.digest == hashlib.sha256(f"{name}\n{version}\n".encode() + body).digest()
    assert decode(Envelope(name, version, "/fusion/x", "1", body)) == event


def test_the_stored_bytes_of_signals_never_change() -> None:
    submitted = signal_envelope(_SUBMITTED, ceiling="B2", publisher="phx")
    assert (submitted.type, submitted.version) == ("signal.submitted", 1)
    assert (submitted.source, submitted.id) == ("/fbi/phoenix", "EC-1")
    assert submitted.body == _SUBMITTED_BODY
    assert submitted.digest.hex() == _SUBMITTED_DIGEST
    retracted = signal_envelope(_RETRACTED, ceiling="A1", publisher="phx")
    assert (retracted.type, retracted.version) == ("signal.retracted", 1)
    assert retracted.body == _RETRACTED_BODY


def test_every_event_of_the_catalog_is_pinned_in_its_current_version() -> None:
    pinned = {name: version for name, version, _, _ in _GOLDEN}
    pinned |= {"signal.submitted": 1, "signal.retracted": 1}
    assert pinned == {name: entry.version for name, entry in CATALOG.items()}


def test_a_signal_is_read_back_with_what_intake_set() -> None:
    recorded = Recorded(
        signal_envelope(_SUBMITTED, ceiling="B2", publisher="phx"), Position.start(), 5
    )
    event = decode(recorded)
    assert isinstance(event, SignalSubmitted)
    assert (event.fusionceiling, event.fusionpublisher) == ("B2", "phx")
    assert event.data.marking.level == "SECRET"
    retraction = decode(signal_envelope(_RETRACTED, ceiling="A1", publisher="phx"))
    assert isinstance(retraction, SignalRetracted)
    assert retraction.data.retracts == "EC-1"


def test_what_a_client_writes_under_the_names_of_intake_is_dropped() -> None:
    forged = {**_SUBMITTED, "fusionceiling": "A1", "fusionpublisher": "somebody"}
    event = decode(signal_envelope(forged, ceiling="F6", publisher="phx"))
    assert isinstance(event, SignalSubmitted)
    assert (event.fusionceiling, event.fusionpublisher) == ("F6", "phx")


def test_extension_attributes_stay_in_the_body() -> None:
    body = json.loads(signal_envelope(_SUBMITTED, ceiling="B2", publisher="phx").body)
    assert body == {**_SUBMITTED, "fusionceiling": "B2", "fusionpublisher": "phx"}


def test_a_cloud_event_of_another_type_is_no_signal() -> None:
    with pytest.raises(Invalid) as refusal:
        signal_envelope({**_SUBMITTED, "type": "fusion.x.v1"}, ceiling="B2", publisher="phx")
    assert refusal.value.faults[0].pointer == "/type"


def test_a_signal_is_not_encoded_from_its_parsed_form() -> None:
    event = decode(signal_envelope(_SUBMITTED, ceiling="B2", publisher="phx"))
    with pytest.raises(TypeError, match="signal_envelope"):
        encode(event, source="/fbi/phoenix", id="EC-1")


@pytest.mark.parametrize(
    ("name", "version"),
    [("grants.revoked", 2), ("grants.revoked", 0), ("grants.given", 1), ("GrantsRevoked", 1)],
)
def test_an_unknown_name_or_version_is_an_error_that_says_which(name: str, version: int) -> None:
    with pytest.raises(Unreadable, match=rf"/fusion/x/7 \({name} version {version}\)"):
        decode(Envelope(name, version, "/fusion/x", "7", b'{"name":"ana"}'))


def test_a_body_under_a_key_is_not_read_as_if_it_were_plain() -> None:
    with pytest.raises(Unreadable, match="encrypted under the key k-1"):
        decode(Envelope("grants.revoked", 1, "/f", "1", b'{"name":"ana"}', b"", "k-1"))


@given(
    st.sampled_from(sorted(CATALOG)),
    st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.just(b'{"day":"\xff"}'),
)
def test_a_body_that_cannot_be_read_is_one_clear_error(name: str, body: bytes) -> None:
    try:
        event = decode(Envelope(name, 1, "/f", "1", body))
    except Unreadable:
        return
    assert isinstance(event, CATALOG[name].shape)


@pytest.mark.parametrize(
    "other",
    [
        {"specversion": "1.1"},
        {"type": "fusion.signal.retracted.v1"},
        {"source": "/fbi/miami"},
        {"id": "EC-2"},
        {"time": "2001-07-10T00:00:01Z"},
        {"datacontenttype": None},
        {"data": {**_SUBMITTED["data"], "summary": ""}},
        {"data": {**_SUBMITTED["data"], "grading": {"source": "B", "information": 2}}},
    ],
)
def test_a_signal_is_another_one_where_an_attribute_or_its_content_differs(
    other: dict[str, Any],
) -> None:
    assert signal_digest({**_SUBMITTED, **other}) != signal_digest(_SUBMITTED)


def test_extension_attributes_do_not_make_another_signal() -> None:
    other = {**_SUBMITTED, "traceparent": "00-cd", "fusionceiling": "A1"}
    assert signal_digest(other) == signal_digest(_SUBMITTED)


def test_a_null_attribute_is_an_absent_one() -> None:
    absent = {name: value for name, value in _SUBMITTED.items() if name != "datacontenttype"}
    assert signal_digest({**absent, "datacontenttype": None}) == signal_digest(absent)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3", "3.0"),
        ("300", "3e2"),
        ("0", "-0.0"),
        ("0.5", "5e-1"),
        ("9007199254740992", "9007199254740993"),
        ("100000000000000000000000", "1e23"),
        ('"\\u00e4"', '"ä"'),
        ('{"a":1,"b":2}', '{ "b" : 2,\n"a" : 1 }'),
        ("[1.0,[2.0]]", "[1,[2]]"),
    ],
)
def test_equal_json_values_have_equal_digests(one: str, other: str) -> None:
    assert _digest_of(one) == _digest_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "true"),
        ("0", "false"),
        ("0", "null"),
        ("1", '"1"'),
        ("1", "1.5"),
        ('"1.0"', '"1"'),
        ("[1,2]", "[2,1]"),
        ("9007199254740991", "9007199254740992"),
        ('"\\u00e4"', '"a\\u0308"'),
    ],
)
def test_different_json_values_have_different_digests(one: str, other: str) -> None:
    assert _digest_of(one) != _digest_of(other)


def test_a_number_that_json_cannot_hold_has_no_digest() -> None:
    with pytest.raises(Unreadable):
        _digest_of("1" + "0" * 400)
    with pytest.raises(Unreadable):
        signal_digest({"data": {"x": float("inf")}})


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=6)
    | st.sampled_from(["12:30.5", "a,1e5", "[3.0"]),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), parts, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), _json, min_size=1), st.randoms())
def test_no_form_of_the_text_changes_a_digest(data: dict[str, Any], random: Any) -> None:
    def written_otherwise(value: Any) -> Any:
        if isinstance(value, dict):
            parts = [(key, written_otherwise(part)) for key, part in value.items()]
            random.shuffle(parts)
            return dict(parts)
        if isinstance(value, list):
            return [written_otherwise(part) for part in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return value

    rewritten = json.loads(json.dumps(written_otherwise(data), indent=1))
    assert signal_digest({"data": rewritten}) == signal_digest({"data": data})


@given(_json, _json)
def test_values_that_differ_have_digests_that_differ(one: Any, other: Any) -> None:
    def canonical(value: Any) -> Any:
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return (type(value).__name__, value)
        if isinstance(value, int | float):
            return ("number", float(value))
        if isinstance(value, list):
            return ("list", tuple(map(canonical, value)))
        return ("object", frozenset((key, canonical(part)) for key, part in value.items()))

    same = signal_digest({"data": {"v": one}}) == signal_digest({"data": {"v": other}})
    assert same == (canonical(one) == canonical(other))


def _digest_of(text: str) -> bytes:
    return signal_digest({**_SUBMITTED, "data": {"value": msgspec.json.decode(text)}})
