"""Who may know what, by the contract alone: markings, rungs, grants, headers, and the one 404."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.e2e.contract import (
    OPEN,
    Document,
    Exercise,
    accepted,
    exercise,
    got,
    one,
    person,
    problem,
    retraction,
    same_answer,
    signal,
    walked,
)
from tests.e2e.service import done

NUMBERS = count()
BANK_ONLY = {"level": "OPEN"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("access")) as running:
        yield running


@pytest.fixture(scope="module")
def bank(town: Exercise) -> httpx.Client:
    return town.publisher("/bank", "--compartment", "DELTA", "--compartment", "OMEGA")


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    """A reader of the river's with no more than a level."""
    return town.reader("rita", "--agency river --level SECRET")


def marked(bank: httpx.Client, **marking: object) -> str:
    """The name of a new signal of the bank's under a marking."""
    id_ = f"marked-{next(NUMBERS)}"
    accepted(one(bank, signal(id_, "/bank", marking={"level": "OPEN", **marking}), wait="fused"))
    return f"/bank/{id_}"


def knows(client: httpx.Client, name: str) -> bool:
    """Whether a reader is served a signal, by its name and in the list alike."""
    status = client.get(f"/v1/signals{name}").status_code
    assert status in {200, 404}
    listed = {f"{each['source']}/{each['id']}" for each in walked(client, "/signals", limit=200)}
    assert (name in listed) == (status == 200)
    return status == 200


# Releasability


@pytest.mark.parametrize(
    ("marking", "knowing"),
    [
        ({}, {"bank"}),
        ({"releasable_to": ["river"]}, {"bank", "river"}),
        ({"releasable_to": ["*"]}, {"bank", "river", "harbour"}),
        ({"releasable_to": ["upstream"]}, {"bank", "upstream"}),
        ({"releasable_to": ["dredgers", "upstream"]}, {"bank", "upstream", "dredgers"}),
        ({"releasable_to": ["*", "upstream"]}, {"bank", "river", "harbour", "upstream"}),
        ({"nations": ["be"]}, {"bank", "upstream"}),
        ({"nations": ["nl"]}, {"bank", "river", "harbour"}),
        ({"releasable_to": ["harbour"], "nations": ["be"]}, {"bank", "harbour", "upstream"}),
    ],
    ids=lambda said: str(sorted(said)) if isinstance(said, set) else str(said),
)
def test_releasability_is_the_owner_the_listed_agencies_the_star_or_the_nation(
    town: Exercise, bank: httpx.Client, marking: Document, knowing: set[str]
) -> None:
    name = marked(bank, **marking)
    nations = {"bank": "nl", "river": "nl", "harbour": "nl", "upstream": "be", "dredgers": None}
    for agency, nation in nations.items():
        options = f"--agency {agency} --level SECRET"
        reader = town.reader(f"of-{agency}", options + (f" --nation {nation}" if nation else ""))
        assert knows(reader, name) == (agency in knowing), agency


def test_the_owners_readers_are_bound_by_all_but_releasability(
    town: Exercise, bank: httpx.Client
) -> None:
    own = town.reader("own-low", "--agency bank --level OPEN")
    assert knows(own, marked(bank))
    assert not knows(own, marked(bank, level="OFFICIAL"))
    assert not knows(own, marked(bank, compartments=["DELTA"]))
    assert not knows(own, marked(bank, need="group:a"))
    assert not knows(own, marked(bank, purposes=["prevention"]))


def test_a_level_holds_those_below_it(town: Exercise, bank: httpx.Client) -> None:
    middle = town.reader("middle", "--agency bank --level OFFICIAL")
    known = [knows(middle, marked(bank, level=level)) for level in ("OPEN", "OFFICIAL", "SECRET")]
    assert known == [True, True, False]


def test_all_compartments_are_needed(town: Exercise, bank: httpx.Client) -> None:
    both = marked(bank, compartments=["DELTA", "OMEGA"])
    half = town.reader("half", "--agency bank --compartment DELTA")
    full = town.reader("full", "--agency bank --compartment DELTA --compartment OMEGA")
    assert (knows(half, both), knows(full, both)) == (False, True)


def test_originator_control_admits_the_owner_and_who_it_consents_to(
    town: Exercise, bank: httpx.Client, rita: httpx.Client
) -> None:
    shared = {"releasable_to": ["river", "harbour"], "originator_control": True}
    owner = town.reader("owner", "--agency bank")
    harbour = town.reader("harbour", "--agency harbour")
    closed, opened = marked(bank, **shared), marked(bank, **shared, consent=["river"])
    assert [knows(owner, name) for name in (closed, opened)] == [True, True]
    assert [knows(rita, name) for name in (closed, opened)] == [False, True]
    assert [knows(harbour, name) for name in (closed, opened)] == [False, False]
    # Consent waives originator control alone; releasability is asked all the same.
    unreleased = marked(bank, originator_control=True, consent=["river"])
    assert not knows(rita, unreleased)


@pytest.mark.parametrize(
    ("need", "granted", "known"),
    [
        ("group:flood", "--group flood", True),
        ("group:flood", "--group fire", False),
        ("group:flood", "--role flood", False),
        ("role:watch", "--role watch", True),
        ("group:flood&role:watch", "--group flood", False),
        ("group:flood&role:watch", "--group flood --role watch", True),
        ("group:flood|role:watch", "--role watch", True),
        ("(group:a|group:b)&(role:c|role:d)", "--group b --role c", True),
        ("(group:a|group:b)&(role:c|role:d)", "--group a --group b", False),
        ('"group:flood"', "--group flood", True),
    ],
)
def test_need_is_asked_of_groups_and_roles(
    town: Exercise, bank: httpx.Client, need: str, granted: str, known: bool
) -> None:
    name = marked(bank, need=need)
    reader = town.reader(f"n{next(NUMBERS)}", f"--agency bank {granted}")
    assert knows(reader, name) == known


def test_need_is_asked_of_the_case_that_a_reader_acts_for(
    town: Exercise, bank: httpx.Client
) -> None:
    name = marked(bank, need="case:c-1")
    options = "--agency bank --case c-1 --case c-2"
    assert knows(town.reader("casey", options, case="c-1"), name)
    assert not knows(town.reader("casey", options, case="c-2"), name)
    assert not knows(town.reader("casey", options), name)


def test_a_case_that_a_reader_does_not_belong_to_is_403(town: Exercise) -> None:
    reader = town.reader("casey-2", "--agency bank --case c-1", case="c-9")
    errors = problem(reader.get("/v1/signals"), 403)
    assert [error["header"] for error in errors] == ["Fusion-Case"]


def test_purposes_are_asked_of_the_header(town: Exercise, bank: httpx.Client) -> None:
    name = marked(bank, purposes=["prevention", "warning"])
    options = "--agency bank --purpose prevention --purpose analysis"
    assert knows(town.reader("pia", options, purpose="prevention"), name)
    assert not knows(town.reader("pia", options, purpose="analysis"), name)
    assert not knows(town.reader("pia", options), name)
    assert knows(town.reader("pia", options), marked(bank))


@pytest.mark.parametrize("purpose", ["warning", "no-such-purpose"])
def test_a_purpose_that_is_not_granted_is_403(town: Exercise, purpose: str) -> None:
    reader = town.reader("pia-2", "--agency bank --purpose prevention", purpose=purpose)
    errors = problem(reader.get("/v1/alerts"), 403)
    assert [error["header"] for error in errors] == ["Fusion-Purpose"]


# Facts inside a signal


def test_a_fact_under_a_stricter_marking_is_not_in_the_signal_served(
    town: Exercise, bank: httpx.Client, rita: httpx.Client
) -> None:
    secret = {"level": "OPEN"}
    id_ = f"facts-{next(NUMBERS)}"
    document = signal(
        id_,
        "/bank",
        mentions=[person("seen", "Ada Seen"), person("veiled", "Bea Veiled") | {"marking": secret}],
        activities=[
            {"code": "travel", "subjects": ["seen"]},
            {"code": "purchase", "subjects": ["veiled"], "marking": secret},
        ],
        relations=[
            {"schema": "Associate", "from": "seen", "to": "veiled", "marking": secret},
        ],
        identities=[{"a": "veiled", "b": "/x/y#m1", "verdict": "same", "marking": secret}],
    )
    accepted(one(bank, document, wait="fused"))
    owner = town.reader("owner", "--agency bank")
    assert got(owner, f"/signals/bank/{id_}")["data"] == document["data"]
    served = rita.get(f"/v1/signals/bank/{id_}")
    assert served.status_code == 200
    for hidden in ("veiled", "Veiled", "purchase", "Associate", "/x/y"):
        assert hidden not in served.text
    assert "Ada Seen" in served.text
    never = document["data"] | {
        "mentions": document["data"]["mentions"][:1],
        "activities": document["data"]["activities"][:1],
    }
    del never["relations"], never["identities"]
    bare = served.json()["data"]
    assert {key: value for key, value in bare.items() if value != []} == never


# Tear-lines


def torn(bank: httpx.Client, id_: str, **more: object) -> Document:
    """A signal of the bank's alone, with a tear-line for every domestic agency."""
    line = {
        "text": "Somebody of concern is near the sluices",
        "releaser": "/bank/chief",
        "marking": OPEN,
        "mentions": [person("t1", "Thorvald Sluice", birthDate="1971-02-03")],
        "activities": [{"code": "observation-or-surveillance", "subjects": ["t1"]}],
    }
    document = signal(
        id_,
        "/bank/markets",
        time="2015-03-02T13:14:15Z",
        summary="What nobody else may know",
        marking={"level": "SECRET"},
        authority="under seal",
        grading={"source": "B", "information": 2},
        origin={"id": "bank:informant-9"},
        tearlines=[line | more],
    )
    accepted(one(bank, document, wait="fused"))
    return document


def tearlines(client: httpx.Client, text: str) -> list[Document]:
    found = walked(client, "/signals", limit=200)
    return [each for each in found if each["rung"] == "tearline" and text in json.dumps(each)]


def test_a_tearline_is_a_signal_of_its_own_that_says_nothing_of_its_parent(
    bank: httpx.Client, rita: httpx.Client
) -> None:
    parent = torn(bank, "torn-1", text="One near the sluices")
    (line,) = tearlines(rita, "One near the sluices")
    assert (line["source"], line["type"]) == ("/bank/tearline", parent["type"])
    served = rita.get(f"/v1/signals/bank/tearline/{line['id']}")
    assert served.json() == line
    for hidden in ("torn-1", "markets", "informant", "seal", "nobody else", "13:14", "SECRET"):
        assert hidden not in served.text
    # Day and grading are told, and no finer time.
    assert line["time"].startswith("2015-03-02T00:00:00")
    assert line["data"]["grading"] == parent["data"]["grading"]
    assert "Thorvald Sluice" in served.text
    never = rita.get("/v1/signals/bank/markets/never")
    assert same_answer(rita.get("/v1/signals/bank/markets/torn-1"), never)


def test_the_mentions_of_a_tearline_are_mentions_like_any(
    bank: httpx.Client, rita: httpx.Client
) -> None:
    torn(bank, "torn-2", text="Two near the sluices")
    (line,) = tearlines(rita, "Two near the sluices")
    mention = f"/bank/tearline/{line['id']}#t1"
    entity = got(rita, "/entities", mention=mention)
    assert mention in entity["mentions"]
    assert f"/bank/tearline/{line['id']}" in entity["signals"]
    assert entity["rung"] == "tearline"


def test_all_tearlines_that_a_reader_may_know_are_served_the_parents_reader_included(
    town: Exercise, bank: httpx.Client
) -> None:
    torn(bank, "torn-3", text="Three near the sluices")
    owner = town.reader("owner-high", "--agency bank --level SECRET")
    assert len(tearlines(owner, "Three near the sluices")) == 1
    assert owner.get("/v1/signals/bank/markets/torn-3").status_code == 200


def test_a_tearline_goes_with_its_parent(bank: httpx.Client, rita: httpx.Client) -> None:
    torn(bank, "torn-4", text="Four near the sluices")
    (line,) = tearlines(rita, "Four near the sluices")
    path = f"/v1/signals/bank/tearline/{line['id']}"
    assert rita.get(path).status_code == 200
    accepted(one(bank, retraction("torn-4-back", "torn-4", "/bank/markets"), wait="fused"))
    assert tearlines(rita, "Four near the sluices") == []
    assert same_answer(rita.get(path), rita.get("/v1/signals/bank/tearline/never"))


def test_who_may_not_know_the_tearline_is_not_served_it(town: Exercise, bank: httpx.Client) -> None:
    torn(bank, "torn-5", text="Five near the sluices")
    foreign = town.reader("foreign", "--agency upstream --nation be --level SECRET")
    assert tearlines(foreign, "Five near the sluices") == []


# Hidden, unknown, retracted: the same 404


def same_404(client: httpx.Client, *paths: str) -> None:
    """Each path answers the same 404."""
    answers = [client.get(f"/v1{path}") for path in paths]
    assert [answer.status_code for answer in answers] == [404] * len(paths), paths
    assert problem(answers[0], 404) == []
    assert same_answer(*answers)


@pytest.fixture(scope="module")
def gone(bank: httpx.Client) -> list[str]:
    """A hidden signal, one that never was, and a retracted one."""
    hidden = signal("gone-hidden", "/bank", marking=BANK_ONLY, mentions=[person("m1", "Hid Den")])
    retracted = signal("gone-back", "/bank", mentions=[person("m1", "Ret Racted")])
    accepted(one(bank, hidden, wait="fused"))
    accepted(one(bank, retracted, wait="fused"))
    accepted(one(bank, retraction("gone-back-r", "gone-back", "/bank"), wait="fused"))
    return ["/bank/gone-hidden", "/bank/gone-never", "/bank/gone-back"]


def test_a_signal_that_may_not_be_known_is_the_same_404(
    rita: httpx.Client, gone: list[str]
) -> None:
    same_404(rita, *(f"/signals{name}" for name in gone), "/signals/no name!", "/signals/x")


def test_an_entity_that_may_not_be_known_is_the_same_404(
    town: Exercise, rita: httpx.Client, gone: list[str]
) -> None:
    owner = town.reader("owner", "--agency bank")
    hidden = got(owner, "/entities", mention=f"{gone[0]}#m1")["entity"]
    for tail in ("", "/neighbourhood", "/neighbourhood?hops=2"):
        ids = (hidden, "e-0000000000000000", "e-nonsense", "x")
        same_404(rita, *(f"/entities/{id_}{tail}" for id_ in ids))
    same_404(rita, *(f"/entities?mention={name}%23m1" for name in gone))


def test_a_mention_of_a_signal_that_may_be_known_but_is_not_itself_is_the_same_404(
    bank: httpx.Client, rita: httpx.Client
) -> None:
    veiled = person("m2", "Bea Veiled") | {"marking": BANK_ONLY}
    document = signal("half-known", "/bank", mentions=[person("m1", "Ada Seen"), veiled])
    accepted(one(bank, document, wait="fused"))
    assert rita.get("/v1/entities", params={"mention": "/bank/half-known#m1"}).status_code == 200
    same_404(rita, "/entities?mention=/bank/half-known%23m2", "/entities?mention=/bank/never%23m2")


def test_why_of_a_mention_that_may_not_be_known_is_the_same_404(
    bank: httpx.Client, rita: httpx.Client, gone: list[str]
) -> None:
    accepted(one(bank, signal("why-known", "/bank", mentions=[person("m1", "A B")]), wait="fused"))
    known = "/bank/why-known%23m1"
    one_way = [f"/why?a={known}&b={name}%23m1" for name in gone]
    other = [f"/why?b={known}&a={name}%23m1" for name in gone]
    same_404(rita, *one_way, *other)


def test_judgements_on_what_may_not_be_known_are_the_same_404(
    bank: httpx.Client, rita: httpx.Client, gone: list[str]
) -> None:
    same_404(rita, *(f"/judgements?mention={name}%23m1" for name in gone))
    known = signal("judge-known", "/bank", mentions=[person("m1", "A B"), person("m2", "A C")])
    accepted(one(bank, known, wait="fused"))
    a, b = "/bank/judge-known#m1", "/bank/judge-known#m2"
    words: Document = {"a": a, "b": b, "verdict": "POSITIVE", "reason": "x"}
    bodies = [words | {"b": f"{name}#m1"} for name in gone]
    bodies += [words | {"because": [name]} for name in gone]
    answers = [rita.post("/v1/judgements", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert same_answer(*answers, rita.get("/v1/signals/bank/gone-never"))


def test_an_alert_that_never_was_is_the_same_404_on_every_route(rita: httpx.Client) -> None:
    for tail in ("", "/explanation", "/graph", "/history"):
        same_404(rita, f"/alerts/a-0000000000000000{tail}", f"/alerts/nonsense{tail}")
    words: Document = {"verdict": "confirmed", "reason": "x"}
    answers = [
        rita.post("/v1/alerts/a-0000000000000000/acknowledgement", json={}),
        rita.post("/v1/alerts/nonsense/acknowledgement", json={}),
        rita.post("/v1/alerts/a-0000000000000000/feedback", json=words),
        rita.get("/v1/alerts/a-0000000000000000"),
    ]
    assert same_answer(*answers)


def test_a_hidden_signal_changes_no_byte_of_what_others_read(
    town: Exercise, bank: httpx.Client
) -> None:
    granted = "--agency harbour --purpose prevention --case c-1"
    other = town.reader("unmoved", granted, purpose="prevention", case="c-1")
    asked = [
        ("/v1/signals", {"limit": "2"}),
        ("/v1/signals", {"q": "seen"}),
        ("/v1/entities", {"q": "ada"}),
        ("/v1/alerts", {}),
    ]
    before = [other.get(path, params=params) for path, params in asked]
    hidden = signal("unseen", "/bank", marking=BANK_ONLY, mentions=[person("m1", "Ada Seen")])
    accepted(one(bank, hidden, wait="fused"))
    after = [other.get(path, params=params) for path, params in asked]
    assert all(same_answer(*pair) for pair in zip(before, after, strict=True))


# Grants


def test_a_grant_and_its_revocation_bite_before_the_command_returns(
    town: Exercise, bank: httpx.Client
) -> None:
    name = marked(bank, level="SECRET", releasable_to=["harbour"])
    reader = town.reader("gina", "--agency harbour --level OPEN")
    assert not knows(reader, name)
    done("grants", "set", "gina", "--agency", "harbour", "--level", "SECRET", data=town.data)
    assert knows(reader, name)
    done("grants", "set", "gina", "--agency", "harbour", "--level", "OFFICIAL", data=town.data)
    assert not knows(reader, name)
    done("grants", "set", "gina", "--agency", "harbour", "--level", "SECRET", data=town.data)
    done("grants", "revoke", "gina", data=town.data)
    assert not knows(reader, name)
    assert walked(reader, "/signals") == []


def test_a_grant_of_a_purpose_bites_at_once(town: Exercise) -> None:
    reader = town.reader("petra", "--agency harbour", purpose="warning")
    problem(reader.get("/v1/signals"), 403)
    done("grants", "set", "petra", "--agency", "harbour", "--purpose", "warning", data=town.data)
    assert reader.get("/v1/signals").status_code == 200
    done("grants", "revoke", "petra", data=town.data)
    problem(reader.get("/v1/signals"), 403)


def test_grants_list_says_what_was_set(town: Exercise) -> None:
    town.reader("lister", "--agency harbour --level OFFICIAL --group g --purpose warning")
    listed = json.loads(done("grants", "list", "--json", data=town.data))
    (found,) = [each for each in listed if each["name"] == "lister"]
    assert found["agency"] == "harbour"
    assert found["level"] == "OFFICIAL"
    assert (found["groups"], found["purposes"]) == (["g"], ["warning"])


# Tokens


def test_a_token_of_the_other_kind_is_403(bank: httpx.Client, rita: httpx.Client) -> None:
    answers = [one(rita, signal("by-a-reader")), rita.get("/v1/signals/mine")]
    paths = ("signals", "signals/bank/x", "alerts", "alerts/stream", "entities", "judgements")
    answers += [bank.get(f"/v1/{path}") for path in paths]
    answers.append(bank.get("/v1/alerts/a-0000000000000000"))
    answers.append(bank.post("/v1/judgements", json={}))
    for answer in answers:
        assert problem(answer, 403) == []
    assert len({answer.content for answer in answers}) == 1


def test_without_a_token_everything_but_health_is_one_constant_401(town: Exercise) -> None:
    anonymous = town.service.client()
    wrong = town.service.client("abc.def.ghi")
    token = done("token", "reader", "q", "--agency", "bank", data=town.data)
    forged = town.service.client(token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1])
    basic = httpx.Client(base_url=town.service.url, auth=("a", "b"))
    answers = [
        anonymous.get("/v1/alerts"),
        wrong.get("/v1/alerts"),
        basic.get("/v1/alerts"),
        anonymous.get("/v1/alerts", params={"access_token": token, "token": token}),
        anonymous.get("/v1/alerts", headers={"Cookie": f"Authorization={token}"}),
        forged.get("/v1/alerts"),
        anonymous.get("/v1/no/such/route"),
        anonymous.get("/elsewhere"),
        anonymous.delete("/v1/alerts"),
        anonymous.post("/v1/signals", content=b"{", headers={"Content-Type": "text/plain"}),
        anonymous.get("/v1/alerts", params={"limit": "x"}, headers={"Fusion-Purpose": "none"}),
    ]
    assert same_answer(*answers)
    assert problem(answers[0], 401) == []
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    for path in ("live", "ready"):
        assert anonymous.get(f"/v1/health/{path}").status_code == 200
    assert anonymous.get("/v1/health/live").json() == {"status": "ok"}
    ready = anonymous.get("/v1/health/ready").json()
    assert set(ready) == {"status", "log", "store", "lag_seconds"}
    for client in (anonymous, wrong, basic, forged):
        client.close()


def test_an_unknown_route_is_404_and_another_method_405(rita: httpx.Client) -> None:
    problem(rita.get("/v1/no/such/route"), 404)
    for later in ("/v1/audit", "/v1/metrics"):
        problem(rita.get(later), 404)
    answer = rita.delete("/v1/alerts")
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_no_answer_may_be_kept_and_no_header_counts(
    town: Exercise, bank: httpx.Client, rita: httpx.Client
) -> None:
    anonymous = town.service.client()
    answers = [
        rita.get("/v1/signals"),
        rita.get("/v1/alerts"),
        rita.get("/v1/nothing"),
        rita.delete("/v1/alerts"),
        rita.get("/v1/alerts", params={"limit": "0"}),
        anonymous.get("/v1/alerts"),
        anonymous.get("/v1/health/live"),
        one(bank, signal("cached", "/bank")),
        one(bank, signal("cached", "/bank")),
        one(bank, signal("cached", "/bank", colour="red")),
        bank.post("/v1/signals", content="x"),
    ]
    assert {answer.headers["cache-control"] for answer in answers} == {"private, no-store"}
    plain = {"date", "cache-control", "content-type", "content-length", "allow", "www-authenticate"}
    assert {name for answer in answers for name in answer.headers} <= plain
    anonymous.close()


# Identity claims


def test_a_claim_sleeps_until_both_mentions_are_known(
    town: Exercise, bank: httpx.Client, rita: httpx.Client
) -> None:
    river = town.publisher("/river")
    good = {"source": "A", "information": 1}
    claim = signal(
        "claims-1",
        grading=good,
        mentions=[person("m1", "Mohammed Ali")],
        identities=[{"a": "m1", "b": "/bank/claimed-1#m1", "verdict": "same"}],
    )
    accepted(one(river, claim, wait="fused"))
    mine, theirs = "/river/gauges/claims-1#m1", "/bank/claimed-1#m1"
    assert got(rita, "/entities", mention=mine)["mentions"] == [mine]
    same_404(rita, "/entities?mention=/bank/claimed-1%23m1", "/entities?mention=/bank/never%23m1")
    other = person("m1", "Ali the Carpenter")
    accepted(one(bank, signal("claimed-1", "/bank", mentions=[other]), wait="fused"))
    assert got(rita, "/entities", mention=mine)["mentions"] == sorted([mine, theirs])
    foreign = town.reader("foreign", "--agency upstream --nation be --level SECRET")
    asked = [mention.replace("#", "%23") for mention in (mine, "/x/y#m1")]
    same_404(foreign, *(f"/entities?mention={mention}" for mention in asked))


def test_a_claim_joins_for_nobody_who_may_not_know_it(town: Exercise, bank: httpx.Client) -> None:
    river = town.publisher("/river")
    names = {"river": "Mohammed Ali", "bank": "Ali the Smith"}
    one(river, signal("claims-2", mentions=[person("m1", names["river"])]), wait="fused")
    claim = signal(
        "claims-3",
        "/bank",
        grading={"source": "B", "information": 2},
        mentions=[person("m1", names["bank"])],
        identities=[
            {
                "a": "m1",
                "b": "/river/gauges/claims-2#m1",
                "verdict": "same",
                "marking": BANK_ONLY,
            }
        ],
    )
    accepted(one(bank, claim, wait="fused"))
    rita = town.reader("rita", "--agency river --level SECRET")
    owner = town.reader("owner", "--agency bank")
    joined = ["/bank/claims-3#m1", "/river/gauges/claims-2#m1"]
    assert got(owner, "/entities", mention=joined[0])["mentions"] == joined
    assert got(rita, "/entities", mention=joined[0])["mentions"] == joined[:1]
