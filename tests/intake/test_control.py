from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fusion.domain.errors import Fault, FusionError, Invalid, Misused, Unavailable
from fusion.intake.administer import Administration, Command, ListGrants, RevokeGrants
from fusion.intake.control import SOCKET_FILE, Refused, ask, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Answering(Administration):
    """An administration that answers what a test says, and remembers the commands."""

    def __init__(self, answer: dict[str, Any] | FusionError) -> None:
        self.answer = answer
        self.commands: list[Command] = []

    def execute(self, command: Command) -> dict[str, Any]:
        self.commands.append(command)
        if isinstance(self.answer, FusionError):
            raise self.answer
        return self.answer


async def test_a_command_comes_through_and_so_does_what_came_of_it(tmp_path: Path) -> None:
    administration = Answering({"readers": [{"name": "rita"}]})
    async with listening(tmp_path, administration):
        done = await asyncio.to_thread(ask, tmp_path, ListGrants())
        again = await asyncio.to_thread(ask, tmp_path, RevokeGrants(name="rita"))
    assert done == again == {"readers": [{"name": "rita"}]}
    assert administration.commands == [ListGrants(), RevokeGrants(name="rita")]


async def test_only_the_owner_may_open_the_socket_and_it_goes_with_the_service(
    tmp_path: Path,
) -> None:
    path = tmp_path / SOCKET_FILE
    async with listening(tmp_path, Answering({})):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_refusal_keeps_its_code_its_words_and_its_places(tmp_path: Path) -> None:
    refusal = Invalid("the registry can't be taken", faults=(Fault("/agencies/0", "is none"),))
    async with listening(tmp_path, Answering(refusal)):
        with pytest.raises(Refused) as caught:
            await asyncio.to_thread(ask, tmp_path, ListGrants())
    assert (caught.value.code, caught.value.detail) == (refusal.code, refusal.detail)
    assert caught.value.faults == refusal.faults


async def test_the_file_of_a_service_that_died_makes_place(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / SOCKET_FILE))
    left.close()
    async with listening(tmp_path, Answering({"still": True})):
        assert await asyncio.to_thread(ask, tmp_path, ListGrants()) == {"still": True}


async def test_where_nobody_listens_the_service_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        ask(tmp_path, ListGrants())


async def test_a_directory_with_a_long_path_is_reached_too(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with listening(deep, Answering({"deep": True})):
        assert await asyncio.to_thread(ask, deep, ListGrants()) == {"deep": True}


async def test_a_directory_that_is_not_there_is_misused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"control\.sock"):
        async with listening(tmp_path / "nowhere", Answering({})):
            pass


@pytest.mark.parametrize("line", [b"no JSON\n", b"{}\n", b'{"command": "registry.burn"}\n'])
async def test_what_is_no_command_is_refused_and_the_next_one_is_taken(
    tmp_path: Path, line: bytes
) -> None:
    administration = Answering({"ok": True})
    async with listening(tmp_path, administration):
        reader, writer = await asyncio.open_unix_connection(tmp_path / SOCKET_FILE)
        writer.write(line + msgspec.json.encode(ListGrants()) + b"\n")
        refused, done = await reader.readline(), await reader.readline()
        writer.close()
    assert msgspec.json.decode(refused)["code"] == "unreadable"
    assert msgspec.json.decode(done) == {"done": {"ok": True}}
    assert administration.commands == [ListGrants()]


async def test_a_line_without_an_end_is_not_read_for_ever(tmp_path: Path) -> None:
    async with listening(tmp_path, Answering({})):
        _, writer = await asyncio.open_unix_connection(tmp_path / SOCKET_FILE)

        async def write_on() -> None:
            for _ in range(64):
                writer.write(b"x" * 2**20)
                await writer.drain()

        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await write_on()
