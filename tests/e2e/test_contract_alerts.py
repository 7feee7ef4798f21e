"""Alerts and their stream, by section 3 of the contract alone.

The story is that of the bank run's example, told by two agencies; each test has a bank of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from itertools import count
from typing import Any

import httpx
import pytest

from tests.e2e.contract import (
    MOMENT,
    OPEN,
    Document,
    Exercise,
    exercise,
    got,
    name_of,
    problem,
    retraction,
    same_answer,
    signal,
    snapshot,
    stream,
    walked,
)
from tests.e2e.service import done

# Names and numbers that share nothing with those of another bank.
NAMES = (
    "Harrowgate Meridian Savings",
    "Ostervale Commercial",
    "Pellworm Trust",
    "Silverlock Thrift",
    "Quernmore Building Society",
    "Tamburlaine Credit Union",
    "Wexcombe Deposit House",
    "Ibbotsford Landesbank",
    "Cuxdorf Sparkasse",
    "Valdepe Caja Rural",
    "Jyvaskal Osuuspankki",
    "Noordzijl Hypotheek",
    "Gruyaz Cantonale",
    "Fjordvik Almenning",
    "Zagorje Stedionica",
    "Kirkwhelp Provident",
    "Dunmallard Mutual",
    "Esterhaz Takarek",
    "Llanfechell Cymru Loans",
    "Brodnica Kredytowy",
    "Uusikaup Handels",
    "Ormeskirk Guaranty",
    "Tregarth Mercantile",
    "Yarmolin Agricole",
    "Chiavenna Popolare",
    "Ashkelby First National",
    "Monteverd Fiduciary",
    "Rotherhyde Exchange",
    "Pyrzanow Wechselbank",
    "Belloquio Risparmio",
    "Tavastehus Sparare",
    "Inverquoich Thriftway",
)
NUMBERS = count()
ALERT = re.compile(r"a-[0-9A-HJKMNP-TV-Z]{16}")
MEMBERS = {
    "alert",
    "version",
    "at",
    "pattern",
    "domain",
    "severity",
    "status",
    "title",
    "bits",
    "gain_bits",
    "cross_agency",
    "cross_office",
    "agencies",
    "signals",
    "entities",
    "roles",
    "shares",
    "likelihood",
    "confidence",
    "weakest_link_bits",
    "lead",
    "participants",
    "acknowledge_by",
    # Beyond the contract: who answers for it now (README, decisions).
    "responsible",
    "rung",
    "banner",
    "caveat",
    "threads",
}
SIDES = (
    ("/river/gauges", "2015-02-10", {"code": "uninsured-deposits-share"}),
    ("/bank/markets", "2015-03-08", {"code": "failed-capital-raising"}),
    ("/bank/press", "2015-03-09", {"code": "funding-rumour", "circumstances": ["public-spread"]}),
    (
        "/river/gauges",
        "2015-03-09",
        {"code": "withdrawal-surge", "circumstances": ["above-baseline"]},
    ),
)
GRANTED = "--agency river --level SECRET --purpose prevention --case c-1"
STATED = {"purpose": "prevention", "case": "c-1"}


class Story:
    """The four sides of what is told of one bank, which together raise one alert."""

    def __init__(self, town: Exercise) -> None:
        self.number = next(NUMBERS)
        self.town = town
        name = NAMES[self.number]
        digits = int(sha256(name.encode()).hexdigest(), 16)
        properties = {
            "name": [name],
            "registrationNumber": [str(digits)[-9:]],
            "jurisdiction": ["us"],
        }
        self.bank = {"ref": "m1", "schema": "Company", "properties": properties}
        self.name = name
        self.said = 0

    def side(self, number: int, **marking: Any) -> Document:
        source, day, activity = SIDES[number]
        told = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
        return signal(
            f"bank-{self.number}-{number}",
            source,
            time=f"{day}T00:00:00Z",
            marking={**OPEN, **marking},
            grading={"source": "A", "information": 2},
            mentions=[self.bank],
            activities=[{**activity, **told}],
        )

    def tell(self, *numbers: int) -> list[Document]:
        """Post some of its sides, or all."""
        sides = [self.side(number) for number in numbers or range(len(SIDES))]
        self.town.post(*sides)
        return sides

    def raised(self, client: httpx.Client) -> Document:
        """Its alert, as a reader has it."""
        (found,) = [
            each
            for each in walked(client, "/alerts", limit=200, pattern="bank-run")
            if f"/river/gauges/bank-{self.number}-3" in each["signals"]
        ]
        return found

    def take_back(self, number: int) -> None:
        source = SIDES[number][0]
        self.town.post(
            retraction(f"back-{self.number}-{number}", f"bank-{self.number}-{number}", source)
        )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("alerts")) as running:
        yield running


@pytest.fixture
def story(town: Exercise) -> Story:
    return Story(town)


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    return town.reader("rita", GRANTED, **STATED)


@pytest.fixture(scope="module")
def clock(town: Exercise) -> Iterator[Any]:
    """Moves the clock on by a minute, since what is recorded at one moment has no order in time."""
    minutes = count(1)

    def tick() -> None:
        minute = next(minutes)
        town.advance(f"2015-03-10T{minute // 60:02}:{minute % 60:02}:00Z")

    return tick


# The alert


def test_an_alert_has_the_members_of_the_contract_and_no_other(
    rita: httpx.Client, story: Story
) -> None:
    sides = story.tell()
    alert = story.raised(rita)
    assert set(alert) == MEMBERS
    assert ALERT.fullmatch(alert["alert"])
    assert (alert["pattern"], alert["domain"]) == ("bank-run", "economic")
    assert (alert["severity"], alert["status"]) == ("high", "raised")
    assert alert["agencies"] == ["bank", "river"]
    assert sorted(alert["signals"]) == sorted(name_of(side) for side in sides)
    assert (alert["cross_agency"], alert["cross_office"]) == (True, True)
    assert sum(alert["shares"].values()) == pytest.approx(1, abs=0.01)
    assert set(alert["shares"]) == {"/river/gauges", "/bank/markets", "/bank/press"}
    assert MOMENT.fullmatch(alert["at"])
    assert MOMENT.fullmatch(alert["acknowledge_by"])
    assert set(alert["participants"]) == {"core", "auxiliary"}
    assert alert["lead"]
    assert alert["rung"] == "full"
    whole = got(rita, f"/alerts/{alert['alert']}")
    assert set(whole) == MEMBERS | {"pointers", "acknowledged", "feedback"}
    assert {name: whole[name] for name in MEMBERS} == alert


def test_an_alert_is_named_over_pattern_and_cell_and_answers_to_every_members_name(
    rita: httpx.Client, story: Story
) -> None:
    story.tell()
    alert = story.raised(rita)
    (entity,) = alert["entities"]
    known = got(rita, f"/entities/{entity}") if isinstance(entity, str) else entity
    assert len(known["mentions"]) == len(SIDES)


def test_an_explanation_carries_every_piece_in_bits_and_what_each_holder_adds(
    rita: httpx.Client, story: Story
) -> None:
    sides = story.tell()
    alert = story.raised(rita)
    said = got(rita, f"/alerts/{alert['alert']}/explanation")
    assert set(said) >= {"bits", "threshold", "evidence", "shares", "without"}
    assert said["bits"] == alert["bits"]
    assert said["shares"] == alert["shares"]
    for piece in said["evidence"]:
        assert set(piece) >= {"signal", "fact", "role", "bits", "text"}
        assert piece["fact"].startswith(piece["signal"] + "#")
        assert piece["bits"] > 0
    assert {piece["signal"] for piece in said["evidence"]} == {name_of(side) for side in sides}
    for left in said["without"].values():
        assert set(left) == {"bits", "raised"}
    assert {"bank", "river"} <= set(said["without"]) | {
        holder.split("/")[1] for holder in said["without"] if holder.startswith("/")
    }


def test_the_graph_of_an_alert_has_nodes_and_edges(rita: httpx.Client, story: Story) -> None:
    story.tell()
    said = got(rita, f"/alerts/{story.raised(rita)['alert']}/graph")
    assert set(said) == {"nodes", "edges"}
    assert [set(node) for node in said["nodes"]] == [{"id", "schema", "caption"}] * len(
        said["nodes"]
    )
    assert story.name in {node["caption"] for node in said["nodes"]}


def test_foresight_tells_when_the_line_would_have_been_crossed_and_who_could_have_known(
    rita: httpx.Client, town: Exercise, story: Story
) -> None:
    """Four fragments that were reported long before they were posted."""
    story.tell()
    alert = story.raised(rita)
    said = got(rita, f"/alerts/{alert['alert']}/foresight")
    assert said["crossed"]["date"] == "2015-03-09"
    assert set(said["crossed"]["by"]) <= set(alert["signals"])
    assert said["crossed"]["bits"] >= said["threshold"]
    assert said["raised"] == alert["at"]
    assert said["days"] == 1, "the clock of the exercise stood at the tenth"
    assert [each["reported"][:10] for each in said["fragments"]] == sorted(
        day for _, day, _ in SIDES
    )
    assert {each["holder"] for each in said["fragments"]} == {source for source, _, _ in SIDES}
    agencies = said["could_be_told"]["agencies"]
    assert {"river", "bank"} <= set(agencies)
    posts = [each["post"] for each in said["could_be_told"]["posts"]]
    assert posts, "somebody holds a post to which it would have gone"
    assert {post.split("/")[1] for post in posts} <= set(agencies)
    nobody = town.reader("no-cases", "--agency river --level OPEN")
    never = nobody.get("/v1/alerts/a-0000000000000000/foresight")
    assert never.status_code == 404


def test_foresight_counts_for_an_agency_only_what_is_releasable_to_it(
    rita: httpx.Client, story: Story, town: Exercise
) -> None:
    own = story.side(0) | {"id": f"own-{story.number}"}
    own["data"]["marking"] = {"level": "OPEN"}
    town.post(own, story.side(1), story.side(2), story.side(3))
    said = got(rita, f"/alerts/{story.raised(rita)['alert']}/foresight")
    assert said["could_be_told"]["agencies"] == ["river"]
    told = {each["signal"]: each["could_be_told"] for each in said["fragments"]}
    assert told[name_of(own)] == ["river"]
    assert "bank" in told[name_of(story.side(1))]


def test_history_is_a_page_of_versions_oldest_first(
    rita: httpx.Client, story: Story, clock: Any
) -> None:
    story.tell()
    alert = story.raised(rita)["alert"]
    clock()
    story.take_back(3)
    clock()
    story.take_back(1)
    path = f"/alerts/{alert}/history"
    versions = walked(rita, path)
    assert all(set(each) == MEMBERS for each in versions)
    assert [each["version"] for each in versions] == sorted(each["version"] for each in versions)
    assert len({each["version"] for each in versions}) == len(versions)
    moments = [each["at"] for each in versions]
    assert moments == sorted(moments)
    assert versions[0]["status"] == "raised"
    assert versions[-1]["status"] == "withdrawn"
    assert versions[-1]["version"] == got(rita, f"/alerts/{alert}")["version"]
    assert got(rita, f"/alerts/{alert}")["status"] == "withdrawn"


def test_bits_alone_make_no_version(rita: httpx.Client, story: Story, town: Exercise) -> None:
    story.tell()
    before = story.raised(rita)
    other = Story(town)
    other.tell(0)
    assert story.raised(rita) == before


# Lists and filters


@pytest.fixture(scope="module")
def filtered(town: Exercise, rita: httpx.Client) -> Document:
    """An alert that stands while the filters are tried."""
    story = Story(town)
    story.tell()
    return story.raised(rita)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "raised"}, True),
        ({"status": "withdrawn"}, False),
        ({"status": ["withdrawn", "raised"]}, True),
        ({"pattern": "bank-run"}, True),
        ({"pattern": "tracked-person-inside"}, False),
        ({"pattern": ["tracked-person-inside", "bank-run"]}, True),
        ({"domain": "economic"}, True),
        ({"domain": "security"}, False),
        ({"agency": "bank"}, True),
        ({"agency": ["harbour", "bank"]}, True),
        ({"agency": "harbour"}, False),
        ({"severity": "high"}, True),
        ({"severity": ["low", "critical"]}, False),
        ({"since": "2015-03-10T00:00:00Z"}, True),
        ({"until": "2015-03-09T00:00:00Z"}, False),
        ({"since": "2015-03-09T00:00:00Z", "until": "2015-04-01T00:00:00Z"}, True),
        ({"severity": "high", "domain": "security"}, False),
    ],
    ids=str,
)
def test_alerts_are_filtered_by_any_of_each_and_all_together(
    rita: httpx.Client, filtered: Document, query: Document, found: bool
) -> None:
    listed = walked(rita, "/alerts", limit=200, **query)
    assert (filtered in listed) == found


def test_alerts_are_searched_by_words(rita: httpx.Client, story: Story) -> None:
    story.tell()
    alert = story.raised(rita)
    listed = walked(rita, "/alerts", q=story.name, limit=200)
    assert alert["alert"] in {each["alert"] for each in listed}
    assert walked(rita, "/alerts", q="zzyzx") == []


def test_alerts_come_by_when_they_were_first_raised_newest_first(
    town: Exercise, rita: httpx.Client, clock: Any
) -> None:
    raised = []
    for _ in range(3):
        clock()
        told = Story(town)
        told.tell()
        raised.append(told)
    clock()
    raised[0].take_back(0)
    listed = [each["alert"] for each in walked(rita, "/alerts")]
    names = [told.raised(rita)["alert"] for told in raised]
    places = [listed.index(name) for name in names]
    assert places == sorted(places, reverse=True)
    assert len(listed) == len(set(listed))


# Answers to an alert


def test_an_acknowledgement_and_a_feedback_stand_for_the_office_and_hide_nothing(
    town: Exercise, rita: httpx.Client, story: Story, clock: Any
) -> None:
    story.tell()
    alert = story.raised(rita)
    path = f"/v1/alerts/{alert['alert']}"
    assert got(rita, f"/alerts/{alert['alert']}")["acknowledged"] in (None, False, [])
    assert rita.post(f"{path}/acknowledgement", json={}).status_code == 201
    words = {"verdict": "confirmed", "reason": "the branches are full"}
    assert rita.post(f"{path}/feedback", json=words).status_code == 201
    whole = got(rita, f"/alerts/{alert['alert']}")
    assert whole["acknowledged"]
    assert "the branches are full" in str(whole["feedback"])
    harry = town.reader("harry", "--agency harbour --level OPEN")
    assert story.raised(harry)["status"] == "raised"
    clock()
    story.take_back(0)
    after = got(rita, f"/alerts/{alert['alert']}")
    assert after["version"] > alert["version"]
    assert not after["acknowledged"]


def test_a_dismissal_hides_the_alert_from_nobody(
    town: Exercise, rita: httpx.Client, story: Story
) -> None:
    story.tell()
    alert = story.raised(rita)["alert"]
    words = {"verdict": "dismissed", "reason": "a drill"}
    assert rita.post(f"/v1/alerts/{alert}/feedback", json=words).status_code == 201
    assert story.raised(rita)["status"] == "raised"
    assert story.raised(town.reader("harry", "--agency harbour --level OPEN"))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"verdict": "maybe", "reason": "x"}, "/verdict"),
        ({"verdict": "confirmed"}, "/reason"),
        ({"verdict": "confirmed", "reason": "x", "colour": "red"}, "/colour"),
        (
            {"verdict": "confirmed", "reason": "x", "marking": {"level": "HUGE"}},
            "/marking/level",
        ),
    ],
    ids=str,
)
def test_a_fault_of_a_feedback_is_refused_by_its_pointer(
    rita: httpx.Client, story: Story, body: Document, pointer: str
) -> None:
    story.tell()
    alert = story.raised(rita)["alert"]
    errors = problem(rita.post(f"/v1/alerts/{alert}/feedback", json=body), 422)
    assert [error["pointer"] for error in errors] == [pointer]


def test_feedback_under_a_stricter_marking_is_for_those_who_may_know_it(
    town: Exercise, rita: httpx.Client, story: Story
) -> None:
    story.tell()
    alert = story.raised(rita)["alert"]
    words = {"verdict": "confirmed", "reason": "told in private", "marking": {"level": "SECRET"}}
    assert rita.post(f"/v1/alerts/{alert}/feedback", json=words).status_code == 201
    assert "told in private" in str(got(rita, f"/alerts/{alert}")["feedback"])
    harry = town.reader("harry", "--agency harbour --level OPEN")
    assert "told in private" not in str(got(harry, f"/alerts/{alert}"))


# Who may know


def test_an_alert_rests_on_what_its_reader_may_know(
    town: Exercise, rita: httpx.Client, story: Story
) -> None:
    town.post(*(story.side(number) for number in (0, 1, 2)))
    secret = story.side(3, level="SECRET", releasable_to=[])
    town.post(secret)
    alert = story.raised(rita)
    assert name_of(secret) in alert["signals"]
    harry = town.reader("harry", "--agency harbour --level OPEN")
    never = harry.get("/v1/alerts/a-0000000000000000")
    for tail in ("", "/explanation", "/graph", "/history"):
        assert same_answer(harry.get(f"/v1/alerts/{alert['alert']}{tail}"), never)
    words: Document = {"verdict": "confirmed", "reason": "x"}
    assert same_answer(
        harry.post(f"/v1/alerts/{alert['alert']}/acknowledgement", json={}),
        harry.post(f"/v1/alerts/{alert['alert']}/feedback", json=words),
        never,
    )
    assert alert["alert"] not in {each["alert"] for each in walked(harry, "/alerts", limit=200)}


# The stream


def test_a_stream_is_a_snapshot_then_raised_changed_and_withdrawn(
    rita: httpx.Client, story: Story, clock: Any
) -> None:
    clock()
    with stream(rita) as events:
        standing = snapshot(events)
        assert all(set(each) - {"replaces"} == MEMBERS for each in standing)
        listed = walked(rita, "/alerts", limit=200, status="raised")
        assert {each["alert"] for each in standing} == {each["alert"] for each in listed}
        clock()
        story.tell()
        raised = next(events)
        assert (raised.kind, raised.said) == ("raised", story.raised(rita))
        clock()
        story.take_back(3)
        changed = next(events)
        assert changed.kind == "changed"
        assert set(changed.said) in (MEMBERS, MEMBERS | {"replaces"})
        clock()
        story.take_back(1)
        withdrawn = next(events)
        assert withdrawn.kind == "withdrawn"
        assert set(withdrawn.said) == {"alert", "version", "at"}
        assert withdrawn.said["alert"] == changed.said["alert"]
        assert withdrawn.said["version"] > changed.said["version"] > raised.said["version"]
        assert len({raised.id, changed.id, withdrawn.id}) == 3


def test_a_new_founder_gives_a_new_name_which_says_what_it_replaces(
    town: Exercise, rita: httpx.Client, story: Story, clock: Any
) -> None:
    story.tell()
    old = story.raised(rita)
    with stream(rita) as events:
        snapshot(events)
        clock()
        earlier = story.side(0) | {"id": f"older-{story.number}", "time": "2015-02-01T00:00:00Z"}
        town.post(earlier)
        changed = next(events)
    assert changed.kind == "changed"
    assert changed.said["alert"] != old["alert"]
    assert changed.said["replaces"] == old["alert"]
    # The old name, made from a visible member, answers too.
    by_old = got(rita, f"/alerts/{old['alert']}")
    assert by_old["alert"] == changed.said["alert"]


def test_a_stream_resumes_after_any_frame_with_nothing_lost_or_doubled(
    rita: httpx.Client, story: Story, clock: Any
) -> None:
    with stream(rita) as events:
        frame = next(events)
        while not frame.said["complete"]:
            frame = next(events)
        start = frame.id
    clock()
    story.tell()
    clock()
    story.take_back(3)
    clock()
    story.take_back(1)
    with stream(rita, start) as events:
        seen = [next(events) for _ in range(3)]
    assert [frame.kind for frame in seen] == ["raised", "changed", "withdrawn"]
    for place in (1, 2):
        with stream(rita, seen[place - 1].id) as events:
            again = [next(events) for _ in seen[place:]]
        assert again == seen[place:]


def test_an_id_that_is_foreign_or_unreadable_gets_a_fresh_snapshot(
    town: Exercise, rita: httpx.Client, story: Story
) -> None:
    story.tell()
    with stream(rita) as events:
        last = next(events).id
    other = town.reader("other", GRANTED, **STATED)
    low = town.reader("harry", "--agency harbour --level OPEN")
    filtered = {"pattern": "bank-run"}
    with stream(rita, **filtered) as events:
        of_another_query = next(events).id
    no_case = town.reader("rita", GRANTED, purpose="prevention")
    for client, id_ in (
        (other, last),
        (low, last),
        (no_case, last),
        (rita, of_another_query),
        (rita, "nonsense"),
        (rita, last + "A"),
        (rita, last[:-1]),
    ):
        with stream(client, id_) as events:
            assert snapshot(events) is not None
    with stream(rita, last, **filtered) as events:
        assert next(events).kind == "snapshot"


def test_the_filters_of_the_list_hold_on_the_stream(
    rita: httpx.Client, story: Story, clock: Any
) -> None:
    with ExitStack() as stack:
        low = stack.enter_context(stream(rita, severity="low"))
        economic = stack.enter_context(stream(rita, domain="economic", severity=["low", "high"]))
        assert snapshot(low) == []
        snapshot(economic)
        clock()
        story.tell()
        frame = next(economic)
        assert (frame.kind, frame.said["alert"]) == ("raised", story.raised(rita)["alert"])


def test_who_loses_a_right_gets_withdrawn_for_what_it_saw(town: Exercise, story: Story) -> None:
    town.post(*(story.side(number, level="SECRET") for number in range(4)))
    walt = town.reader("walt", "--agency river --level SECRET")
    with stream(walt) as events:
        frame = next(events)
        assert frame.said["complete"]
        known, seen = {each["alert"] for each in frame.said["items"]}, frame.id
        lost = story.raised(walt)["alert"]
        assert lost in known
        done("grants", "set", "walt", "--agency", "river", "--level", "OPEN", data=town.data)
        kept = {each["alert"] for each in walked(walt, "/alerts", status="raised")}
        gone = [next(events) for _ in known - kept]
        assert {frame.kind for frame in gone} == {"withdrawn"}
        assert {frame.said["alert"] for frame in gone} == known - kept
        assert lost not in kept
        assert all(set(frame.said) == {"alert", "version", "at"} for frame in gone)
        # Who was cut off in between, before or after a frame, gets a snapshot that replaces it all.
        for last in (seen, *(frame.id for frame in gone)):
            with stream(walt, last) as resumed:
                assert {each["alert"] for each in snapshot(resumed)} == kept
        assert {each["alert"] for each in snapshot(events)} == kept
        done("grants", "set", "walt", "--agency", "river", "--level", "SECRET", data=town.data)
        # What a late grant brings is as if it had always been there: the stream begins anew.
        assert {each["alert"] for each in snapshot(events)} == known
    never = walt.get("/v1/alerts/a-0000000000000000")
    done("grants", "revoke", "walt", data=town.data)
    assert same_answer(walt.get(f"/v1/alerts/{lost}"), never)


def test_a_hidden_signal_sends_no_frame(town: Exercise, story: Story, clock: Any) -> None:
    harry = town.reader("harry", "--agency harbour --level OPEN")
    with stream(harry) as events:
        snapshot(events)
        hidden = Story(town)
        town.post(*(hidden.side(number, level="SECRET") for number in range(4)))
        clock()
        story.tell()
        frame = next(events)
        assert (frame.kind, frame.said) == ("raised", story.raised(harry))


def test_the_id_of_a_frame_is_opaque(rita: httpx.Client) -> None:
    with stream(rita) as events:
        frame = next(events)
    assert re.fullmatch(r"[A-Za-z0-9._~=-]+", frame.id)
    assert "rita" not in frame.id
