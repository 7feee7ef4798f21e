"""What can go wrong, in few classes: each carries a code and fields, text is made from the fields.

HTTP knows nothing here: `api.problems` alone turns these into statuses. A refusal of input is a
value (`Fault`), collected and returned; malformed input raises; a broken invariant stops all.
"""

from __future__ import annotations

from dataclasses import dataclass

# As much of a word of the input as an error repeats: a hundred faults stay small, whatever came in.
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: where (an RFC 6901 pointer from the root of the signal) and what."""

    pointer: str
    detail: str


def shown(text: str) -> str:
    """A word of the input as an error repeats it, cut where it is absurdly long."""
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…")


def step(name: str) -> str:
    """A member's name as a step of an RFC 6901 pointer, cut where it is absurdly long."""
    cut = name if len(name) <= _MAX_SHOWN else name[:_MAX_SHOWN] + "…"
    return "/" + cut.replace("~", "~0").replace("/", "~1")


class FusionError(Exception):
    """The root of what fusion raises on purpose; `code` is stable, `detail` is one plain line."""

    code = "error"

    def __init__(self, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class Unreadable(FusionError):
    """The input is not what it claims to be: no JSON, no such encoding."""

    code = "unreadable"


class Invalid(FusionError):
    """The input can be read and is wrong; `faults` say where."""

    code = "invalid"


class TooLarge(FusionError):
    """The input is beyond a stated limit."""

    code = "too-large"


class Forbidden(FusionError):
    """Not this caller's to do, whatever is named."""

    code = "forbidden"


class Unauthenticated(FusionError):
    """No token, a wrong one or an expired one: one constant problem, whichever it was."""

    code = "unauthenticated"


class NotFound(FusionError):
    """What may not be known, what never was and what was retracted: one and the same."""

    code = "not-found"


class Conflict(FusionError):
    """Another body stands under the same (source, id)."""

    code = "conflict"


class Unavailable(FusionError):
    """The log or the store cannot take it now; nothing was accepted."""

    code = "unavailable"


class Misused(FusionError):
    """A command was given a directory, file or option that cannot serve."""

    code = "misused"
