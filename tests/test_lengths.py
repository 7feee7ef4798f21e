"""The report on lengths counts what it says that it counts."""

from __future__ import annotations

from pathlib import Path

from tests.lengths import LONG_FILE, Length, functions_of, report

SOURCE = '''
class Thing:
    @property
    def size(self) -> int:
        """How large it is.

        In metres.
        """
        return 1

async def wait() -> None:
    def inner() -> None:
        pass
    inner()
'''


def test_a_function_counts_without_its_decorators_and_docstring() -> None:
    assert sorted(functions_of(SOURCE, "m.py"), key=lambda one: one.place) == [
        Length("wait", "m.py:11", 4),
        Length("inner", "m.py:12", 2),
        Length("size", "m.py:4", 2),
    ]


def test_the_report_names_what_is_long_and_nothing_else(tmp_path: Path) -> None:
    room = tmp_path / "src" / "fusion"
    room.mkdir(parents=True)
    (room / "short.py").write_text(SOURCE)
    (room / "long.py").write_text("def f() -> None:\n" + "    f()\n" * LONG_FILE)
    assert list(report(tmp_path)) == [
        "4 functions: median 3 lines, 1 over 50",
        "    401 src/fusion/long.py:1 f",
        "2 files: median 208 lines, 1 over 400",
        "    401 src/fusion/long.py",
    ]
