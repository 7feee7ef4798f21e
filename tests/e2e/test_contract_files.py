"""`fusion fuse`, `publish`, `watch` and the command line's errors, by the contract alone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.contract import (
    OPEN,
    Document,
    Exercise,
    exercise,
    got,
    name_of,
    person,
    registry,
    retraction,
    signal,
    walked,
)
from tests.e2e.service import ROOT, done, fusion, refused, written
from tests.e2e.test_contract_alerts import GRANTED, MEMBERS, SIDES, STATED

FILES = {"entities.csv", "links.jsonl", "alerts.jsonl", "run.json"}
HIDDEN = {"level": "SECRET"}
# When the file ends: by then the alert that nobody took back has faded.
UNTIL = "2015-07-01T00:00:00Z"


def bank(name: str, number: str) -> Document:
    properties = {"name": [name], "registrationNumber": [number], "jurisdiction": ["us"]}
    return {"ref": "m1", "schema": "Company", "properties": properties}


TAKEN_BACK = bank("Harrowgate Meridian Savings Bank", "HMSB-00418-9")
FADING = bank("Pellworm Trust", "PWT-77351-4")


def side(number: int, about_whom: Document = TAKEN_BACK, day: str | None = None) -> Document:
    """One side of the story of a bank, named after the bank and the side."""
    source, told, activity = SIDES[number]
    word = about_whom["properties"]["name"][0].split()[0].lower()
    about = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
    return signal(
        f"{word}-{number}",
        source,
        time=f"{day or told}T{10 + number}:00:00Z",
        marking=OPEN,
        grading={"source": "A", "information": 2},
        mentions=[about_whom],
        activities=[{**activity, **about}],
    )


def world() -> list[Document]:
    """A story of one bank, told, partly hidden, corrected and taken back, in the order of time."""
    ada = person("m1", "Ada Marholt Kessanto", birthDate="1974-05-16", passportNumber="C7731904")
    bo = person("m1", "Mohammed Ali")
    return sorted(
        [
            *(side(number) for number in range(4)),
            *(side(number, FADING) for number in range(4)),
            signal("ada-1", time="2015-02-01T00:00:00Z", mentions=[ada]),
            signal("ada-2", "/bank/desk", time="2015-02-02T00:00:00Z", mentions=[ada]),
            signal("ada-3", "/harbour", time="2015-02-03T00:00:00Z", mentions=[ada]),
            signal("bo-1", time="2015-02-01T01:00:00Z", mentions=[bo]),
            signal(
                "bo-2",
                "/bank/desk",
                time="2015-02-02T01:00:00Z",
                mentions=[bo],
                grading={"source": "B", "information": 2},
                identities=[{"a": "m1", "b": "/river/gauges/bo-1#m1", "verdict": "same"}],
            ),
            signal(
                "veiled", time="2015-02-01T02:00:00Z", marking=HIDDEN, mentions=[ada | {"ref": "v"}]
            ),
            signal("wrong", "/bank/desk", time="2015-02-05T00:00:00Z", mentions=[ada]),
            signal(
                "right", "/bank/desk", time="2015-02-06T00:00:00Z", mentions=[bo], corrects="wrong"
            ),
            retraction("back", "harrowgate-3") | {"time": "2015-03-10T12:00:00Z"},
            retraction("back-2", "harrowgate-1", "/bank/markets")
            | {"time": "2015-03-10T13:00:00Z"},
        ],
        key=lambda document: (document["time"], document["source"], document["id"]),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def named(folder: Path) -> Path:
    return registry(folder)


@pytest.fixture(scope="module")
def told(folder: Path) -> Path:
    return written(folder / "signals.jsonl", world())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("files-live"), clock="2015-01-01") as running:
        yield running


def fused(told: Path, named: Path, out: Path, *options: str | Path) -> Path:
    done("fuse", told, "--out", out, "--registry", named, *options)
    assert {path.name for path in out.iterdir()} == FILES
    return out


@pytest.fixture(scope="module")
def plain(told: Path, named: Path, folder: Path) -> Path:
    return fused(told, named, folder / "plain")


def rows(path: Path) -> list[Document]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run_of(out: Path) -> Document:
    document: Document = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return document


def digest(out: Path) -> str:
    """The one member of run.json that is called a digest."""
    return str(run_of(out)["digest"])


# fuse


def test_entities_csv_names_the_entity_of_every_mention(plain: Path) -> None:
    with (plain / "entities.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert set(table[0]) == {"mention", "entity"}
    mentions = {
        f"{name_of(each)}#{mention['ref']}"
        for each in world()
        for mention in each["data"].get("mentions", [])
        if each["id"] not in {"harrowgate-3", "harrowgate-1", "wrong"}
    }
    assert {row["mention"] for row in table} == mentions
    assert len(table) == len(mentions)
    of = {row["mention"]: row["entity"] for row in table}
    adas = {of[name] for name in of if "/ada-" in name or name.endswith("#v")}
    assert len(adas) == 1
    assert of["/river/gauges/bo-1#m1"] == of["/bank/desk/bo-2#m1"]
    assert all(entity.startswith("e-") for entity in of.values())


def test_links_jsonl_joins_profiles_named_by_their_first_mentions(plain: Path) -> None:
    for link in rows(plain / "links.jsonl"):
        assert set(link) >= {"a", "b", "count", "bits", "verdict", "because"}
        assert link["verdict"] in {"same", "possible", "different"}
        assert link["count"] >= 1
        assert "#" in link["a"]
        assert "#" in link["b"]


def test_alerts_jsonl_has_a_line_for_each_version_in_the_order_of_at(plain: Path) -> None:
    versions = rows(plain / "alerts.jsonl")
    assert {"raised", "withdrawn"} == {each["status"] for each in versions}
    for version in versions:
        # With whom an alert is depends on when one asks; a file tells what was told.
        assert set(version) - {"replaces"} == MEMBERS - {"responsible"}
    moments = [each["at"] for each in versions]
    assert moments == sorted(moments)
    assert versions[0]["pattern"] == "bank-run"
    # `at` is the time of what caused it.
    assert versions[0]["at"] == "2015-03-09T13:00:00.000000Z"


def test_run_json_says_versions_counts_seconds_and_a_digest(plain: Path) -> None:
    said = run_of(plain)
    assert said["digest"]
    assert "seconds" in json.dumps(said)
    assert "model" in said
    assert "patterns" in said


@pytest.mark.parametrize("seed", ["1", "2", "77"])
def test_the_digest_is_equal_for_every_shuffle(
    told: Path, named: Path, plain: Path, tmp_path: Path, seed: str
) -> None:
    out = fused(told, named, tmp_path / "out", "--shuffle", seed)
    assert digest(out) == digest(plain)
    for name in FILES - {"run.json"}:
        assert (out / name).read_bytes() == (plain / name).read_bytes(), name


@pytest.mark.parametrize("workers", ["1", "8"])
def test_the_number_of_workers_changes_no_byte(
    told: Path, named: Path, plain: Path, tmp_path: Path, workers: str
) -> None:
    out = fused(told, named, tmp_path / "out", "--workers", workers)
    for name in FILES - {"run.json"}:
        assert (out / name).read_bytes() == (plain / name).read_bytes(), name
    assert digest(out) == digest(plain)
    for wrong in ("0", "-1", "many"):
        assert "--workers" in refused("fuse", told, "--out", tmp_path / "no", "--workers", wrong)


def test_the_order_of_the_lines_and_their_repetition_change_nothing(
    named: Path, plain: Path, tmp_path: Path
) -> None:
    documents = world()
    mixed = [*reversed(documents), documents[0], dict(reversed(documents[3].items()))]
    out = fused(written(tmp_path / "mixed.jsonl", mixed), named, tmp_path / "out")
    assert digest(out) == digest(plain)


def test_a_reader_gets_what_the_file_without_the_hidden_would_give(
    told: Path, named: Path, tmp_path: Path
) -> None:
    reader = {
        "name": "harry",
        "agency": "harbour",
        "nation": None,
        "level": "OPEN",
        "compartments": [],
        "groups": [],
        "roles": [],
        "purposes": [],
        "cases": [],
    }
    file = tmp_path / "reader.json"
    file.write_text(json.dumps(reader | {"purpose": None, "case": None}), encoding="utf-8")
    out = fused(told, named, tmp_path / "out", "--reader", file)
    assert "veiled" not in "".join((out / name).read_text() for name in FILES)
    without = written(
        tmp_path / "without.jsonl", [each for each in world() if each["id"] != "veiled"]
    )
    bare = fused(without, named, tmp_path / "bare", "--reader", file)
    for name in FILES - {"run.json"}:
        assert (out / name).read_bytes() == (bare / name).read_bytes(), name
    assert digest(out) == digest(bare)
    shuffled = fused(told, named, tmp_path / "shuffled", "--reader", file, "--shuffle", "4")
    assert digest(shuffled) == digest(out)


def test_until_leaves_out_what_was_reported_later(told: Path, named: Path, tmp_path: Path) -> None:
    out = fused(told, named, tmp_path / "out", "--until", "2015-03-09T12:30:00Z")
    assert rows(out / "alerts.jsonl") == []
    out = fused(told, named, tmp_path / "later", "--until", "2015-03-10T00:00:00Z")
    assert [each["status"] for each in rows(out / "alerts.jsonl")] == ["raised", "raised"]


def test_without_a_registry_the_agencies_are_domestic_and_lead_is_null(
    told: Path, tmp_path: Path
) -> None:
    done("fuse", told, "--out", tmp_path / "out")
    versions = rows(tmp_path / "out" / "alerts.jsonl")
    assert versions
    assert {each["lead"] for each in versions} == {None}


def test_a_file_with_two_bodies_under_one_id_is_refused(tmp_path: Path) -> None:
    two = written(tmp_path / "two.jsonl", [signal("x", summary="a"), signal("x", summary="b")])
    assert "x" in refused("fuse", two, "--out", tmp_path / "out")


def test_a_fault_in_a_file_is_one_line_that_says_where(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(json.dumps(signal("a")) + "\n{\n", encoding="utf-8")
    assert "2" in refused("fuse", file, "--out", tmp_path / "out")
    bad = written(tmp_path / "colour.jsonl", [signal("a"), signal("b", colour="red")])
    line = refused("fuse", bad, "--out", tmp_path / "out")
    assert "/data/colour" in line
    refused("fuse", tmp_path / "none.jsonl", "--out", tmp_path / "out")
    refused("fuse", written(tmp_path / "ok.jsonl", [signal("a")]))
    reader = tmp_path / "reader.json"
    reader.write_text('{"agency": 7}', encoding="utf-8")
    refused("fuse", tmp_path / "ok.jsonl", "--out", tmp_path / "out", "--reader", reader)


# fuse beside the service


def test_offline_equals_the_service_that_was_told_the_same_in_time(
    town: Exercise, told: Path, named: Path, tmp_path: Path
) -> None:
    for document in world():
        town.advance(document["time"])
        town.post(document)
    town.advance(UNTIL)
    rita = town.reader("rita", GRANTED, **STATED)
    listed = json.loads(done("grants", "list", "--json", data=town.data))
    (granted,) = [each for each in listed if each["name"] == "rita"]
    reader = tmp_path / "rita.json"
    reader.write_text(json.dumps(granted | STATED), encoding="utf-8")
    out = fused(told, named, tmp_path / "out", "--reader", reader, "--until", UNTIL)
    offline = rows(out / "alerts.jsonl")
    alerts = {each["alert"]: each for each in offline}
    assert len(alerts) == 2
    assert {each["status"] for each in alerts.values()} == {"withdrawn"}
    # The one was taken back, the other fell at a tick: midnight UTC.
    assert sorted(each["at"][10:] for each in alerts.values()) == [
        "T00:00:00.000000Z",
        "T13:00:00.000000Z",
    ]
    for alert in alerts:
        versions = [each for each in offline if each["alert"] == alert]
        history = walked(rita, f"/alerts/{alert}/history")
        # With whom it is depends on when one asks; a file tells what was told.
        assert all("responsible" in each for each in history)
        assert [
            {name: said for name, said in each.items() if name != "responsible"} for each in history
        ] == versions
    with (out / "entities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert got(rita, "/entities", mention=row["mention"])["entity"] == row["entity"]


# publish and watch


def publish(town: Exercise, file: Path, source: str) -> tuple[int, str, str]:
    return fusion("publish", file, "--url", town.service.url, "--token", token_of(town, source))


def token_of(town: Exercise, source: str) -> str:
    return str(town.publisher(source).headers["Authorization"].removeprefix("Bearer "))


def test_publish_posts_a_file_and_again_changes_nothing(town: Exercise, tmp_path: Path) -> None:
    many = [signal(f"file-{n}", "/river/files", time="2014-12-01T00:00:00Z") for n in range(30)]
    file = written(tmp_path / "many.jsonl", many[:20])
    code, _, err = publish(town, file, "/river/files")
    assert code == 0, err
    mine = walked(town.publisher("/river/files"), "/signals/mine", limit=200)
    assert {each["id"] for each in mine} == {f"file-{n}" for n in range(20)}
    # Resumed with the rest of it.
    written(file, many)
    code, _, err = publish(town, file, "/river/files")
    assert code == 0, err
    mine = walked(town.publisher("/river/files"), "/signals/mine", limit=200)
    assert {each["id"] for each in mine} == {f"file-{n}" for n in range(30)}
    code, _, err = publish(town, file, "/river/files")
    assert code == 0, err


def test_publish_posts_the_others_and_says_which_was_refused(
    town: Exercise, tmp_path: Path
) -> None:
    fine, bad = signal("fine", "/river/more"), signal("bad", "/river/more", colour="red")
    for each in (fine, bad):
        each["time"] = "2014-12-01T00:00:00Z"
    code, out, err = publish(town, written(tmp_path / "f.jsonl", [bad, fine]), "/river/more")
    assert code == 2
    assert "/data/colour" in out + err
    assert "Traceback" not in out + err
    mine = walked(town.publisher("/river/more"), "/signals/mine")
    assert [each["id"] for each in mine] == ["fine"]


def test_publish_says_in_one_line_what_is_wrong(town: Exercise, tmp_path: Path) -> None:
    file = written(tmp_path / "f.jsonl", [signal("f")])
    url = town.service.url
    assert "token" in refused("publish", file, "--url", url, "--token", "nonsense")
    refused("publish", tmp_path / "none.jsonl", "--url", url, "--token", "x")
    refused("publish", file, "--url", "nonsense", "--token", "x")


def test_watch_prints_one_plain_line_an_event(town: Exercise) -> None:
    rita = town.reader("rita", GRANTED, **STATED)
    token = rita.headers["Authorization"].removeprefix("Bearer ")
    command = [sys.executable, "-m", "fusion", "watch", "--url", town.service.url]
    watching = subprocess.Popen(
        [*command, "--token", token], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert watching.stdout is not None
    try:
        again = [
            side(number, day="2015-06-30") | {"id": f"watched-{number}"} for number in range(4)
        ]
        town.post(*again)
        alert = walked(rita, "/alerts", status="raised")[0]["alert"]
        lines = []
        while not lines or alert not in lines[-1]:
            lines.append(watching.stdout.readline())
            assert lines[-1]
    finally:
        watching.terminate()
        watching.communicate()
    assert {"snapshot", "raised"} & set(lines[-1].split())
    assert "\x1b" not in "".join(lines)


# The clock, and errors


def test_the_clock_of_an_exercise_goes_forward_only(town: Exercise) -> None:
    refused("clock", "advance", "2015-01-01", data=town.data)
    refused("clock", "advance", "some day", data=town.data)


def test_the_clock_of_a_live_directory_is_not_advanced(named: Path, tmp_path: Path) -> None:
    live = tmp_path / "live"
    done("registry", "load", named, data=live)
    assert "live" in refused("clock", "advance", "2015-01-02", data=live)


@pytest.mark.parametrize(
    "arguments",
    [
        ["token", "publisher", "x", "--source", "/nobody"],
        ["token", "publisher", "x", "--source", "nonsense"],
        ["token", "publisher", "x", "--source", "/river", "--ceiling", "Z9"],
        ["token", "publisher", "x", "--source", "/river", "--level", "HUGE"],
        ["token", "publisher", "x", "--source", "/river", "--expires", "soon"],
        ["token", "publisher", "x"],
        ["token", "reader", "x", "--agency", "nobody"],
        ["token", "reader", "x", "--agency", "river", "--level", "HUGE"],
        ["token", "reader", "x", "--agency", "river", "--nation", "zz"],
        ["token", "reader", "x", "--agency", "river", "--purpose", "gossip"],
        ["grants", "set", "x", "--agency", "nobody"],
        ["grants", "revoke", "no-such-reader"],
        ["registry", "load", "/no/such/file"],
        ["no-such-command"],
        ["serve", "--port", "x"],
    ],
    ids=" ".join,
)
def test_what_a_user_did_wrong_is_one_line_and_exit_code_2(
    town: Exercise, arguments: list[str]
) -> None:
    code, out, err = fusion(*arguments, data=None if "no-such" in arguments[0] else town.data)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_a_token_is_printed_alone_and_found_again(town: Exercise) -> None:
    first = done("token", "reader", "again", "--agency", "river", data=town.data)
    second = done("token", "reader", "again", "--agency", "river", data=town.data)
    for token in (first, second):
        assert len(token.split()) == 1
        with town.service.client(token) as client:
            assert client.get("/v1/alerts").status_code == 200
