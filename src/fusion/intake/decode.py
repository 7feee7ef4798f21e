"""From bytes to documents: one event, a JSON array of events, or an event a line.

Knows JSON and the limits of CONTRACT.md section 1, and nothing of what a signal says. Promises that
no body costs more than its length, however it is nested, and that what comes out can be written
again: no NUL, no lone surrogate, no number without a value, integral numbers as integers. A member
that stands twice counts as JSON readers commonly count it: the last one.

What can't be read raises; within many, it is the refusal of that one, as a value in its place. Many
are decoded one by one as they are taken: held all at once, they would cost ten times their length,
and the garbage collector four times as long as the decoder (measured on 9,000 signals).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import msgspec

from fusion.domain.errors import Fault, FusionError, Invalid, TooLarge, Unreadable, step

# A signal is a fragment of some sentences; the largest of the real cases takes 3 KiB. Measured
# as JSON without white space, so that every form of a signal gets the same answer.
MAX_SIGNAL_BYTES = 256 * 1024
# A signal that says all that the shapes allow nests 9 deep.
MAX_NESTING = 32
# Beyond ten thousand a commit saves nothing more, and the answer names every one of them.
MAX_BATCH_SIGNALS = 10_000
# A body is held in memory whole, and some ten times that once it is decoded.
MAX_BATCH_BYTES = 16 * 1024 * 1024

Document = dict[str, Any]

# A character takes at most six bytes (`\u0041` for `A`), so far longer needs no decoding to refuse.
_MOST_BYTES_A_CHARACTER = 6
# More commas than this may hide more elements than a batch may have, so they are counted first.
_MANY_COMMAS = 64 * MAX_BATCH_SIGNALS
# JSON's own white space, which bytes.split would widen.
_LINE = re.compile(rb"[^ \t\r\n][^\n]*")
_WHITE_SPACE = b" \t\r\n"
_NUL = b"\\u0000"
# An escaped backslash, a pair of surrogates, or (in the group) a surrogate alone.
_SURROGATES = re.compile(
    rb"\\\\"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
# Each costs half a microsecond; a body with more escapes than this and a flaw is refused whole.
_MAX_MENDED = 100_000
_EXACT_INTEGERS = 2**53
_CONTAINERS = frozenset({dict, list})


def decode_structured(body: bytes) -> Document:
    """The one event that a body holds.

    Unreadable where it is no JSON object, TooLarge beyond MAX_SIGNAL_BYTES or MAX_NESTING, Invalid
    (with the pointer) where text holds a NUL or a lone surrogate.
    """
    if len(body) > MAX_SIGNAL_BYTES:
        _refuse_long(body)
    document = _decoded(_ANYTHING, body)
    if not isinstance(document, dict):
        raise Unreadable("a signal is a JSON object")
    if body.count(b"{") + body.count(b"[") > MAX_NESTING:
        _check_nesting(document)
    if len(body) > MAX_SIGNAL_BYTES and len(msgspec.json.encode(document)) > MAX_SIGNAL_BYTES:
        raise _too_long()
    return document


def decode_binary(attributes: Mapping[str, str], body: bytes) -> Document:
    """The one event whose `data` is the body and whose other attributes came beside it.

    Refused as by `decode_structured`, its limits being those of the whole event.
    """
    if len(body) > MAX_SIGNAL_BYTES:
        _refuse_long(body)
    document = {**attributes, "data": _decoded(_ANYTHING, body, below="/data")}
    if any("\0" in text for text in attributes.values()):
        _check_text(document)
    if body.count(b"{") + body.count(b"[") >= MAX_NESTING:
        _check_nesting(document)
    beside = sum(len(name) + len(value) for name, value in attributes.items())
    if (
        len(body) + _MOST_BYTES_A_CHARACTER * beside > MAX_SIGNAL_BYTES
        and len(msgspec.json.encode(document)) > MAX_SIGNAL_BYTES
    ):
        raise _too_long()
    return document


def decode_batch(body: bytes) -> Sequence[Document | FusionError]:
    """The events of a JSON array, in order; in the place of one that can't be read, its refusal.

    Each is decoded when it is taken, and again when it is taken again.

    Unreadable where the body is no JSON array, TooLarge beyond MAX_BATCH_SIGNALS or
    MAX_BATCH_BYTES: then none of it is taken.
    """
    _check_batch_bytes(body)
    if body.count(b",") > _MANY_COMMAS:
        _count_elements(body)
    elements = _decoded(_ELEMENTS, body)
    if len(elements) > MAX_BATCH_SIGNALS:
        raise _too_many()
    return _Many([bytes(element) for element in elements])


def decode_lines(body: bytes) -> Sequence[Document | FusionError]:
    """The events of a body with one a line (blank lines apart), as `decode_batch` gives them."""
    _check_batch_bytes(body)
    lines: list[bytes] = []
    for line in _LINE.finditer(body):
        if len(lines) == MAX_BATCH_SIGNALS:
            raise _too_many()
        lines.append(line[0])
    return _Many(lines)


class _Many(Sequence[Document | FusionError]):
    """Bodies of one event each, decoded as they are taken."""

    __slots__ = ("_bodies",)

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = bodies

    def __len__(self) -> int:
        return len(self._bodies)

    @overload
    def __getitem__(self, place: int) -> Document | FusionError: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Document | FusionError]: ...
    def __getitem__(
        self, place: int | slice
    ) -> Document | FusionError | Sequence[Document | FusionError]:
        if isinstance(place, slice):
            return _Many(self._bodies[place])
        try:
            return decode_structured(self._bodies[place])
        except FusionError as refusal:
            return refusal


def _number(text: str) -> int | float:
    """A number that is no plain integer: equal to one, it becomes it (RFC 8785: 3.0 is 3)."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number that can be held")
    return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value


class _Element:
    """An element of an array that is only counted."""

    __slots__ = ()


_ANYTHING = msgspec.json.Decoder(float_hook=_number)
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes, *, below: str = "") -> Any:
    """What the body says; a NUL or a lone surrogate in one document is `Invalid` by its pointer.

    `below` is where the body stands in the signal.
    """
    try:
        found = decoder.decode(body)
    except UnicodeDecodeError as error:
        raise Unreadable(f"the body is no UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise _too_deep() from None
    except msgspec.MsgspecError as error:
        # A lone surrogate ends the decoder's reading of the whole body. As a NUL, which is refused
        # too, it is found where it stands, and the other signals of a batch go through.
        mended = _SURROGATES.sub(_without_half, body, _MAX_MENDED)
        if mended == body:
            raise Unreadable(f"the body is no JSON: {error}") from None
        return _decoded(decoder, mended, below=below)
    if decoder is _ANYTHING and b"\\" in body and _NUL in body:
        _check_text(found, below=below)
    return found


def _without_half(match: re.Match[bytes]) -> bytes:
    return match[0] if match[1] is None else _NUL


def _check_text(document: object, *, below: str = "") -> None:
    """Refuse the document where one of its texts holds a NUL."""
    # An escaped backslash before `u0000` has no NUL: the texts decide.
    for pointer, text in _texts(document):
        if "\0" in text:
            raise Invalid(
                "text holds a NUL or a lone surrogate",
                faults=(Fault(below + pointer, "a NUL or a lone surrogate can't stand in text"),),
            )


def _texts(document: object) -> Iterator[tuple[str, str]]:
    """Every text of a document, member names too, with the pointer to it."""
    waiting = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str):
            yield pointer, value
        elif isinstance(value, dict):
            for name, member in value.items():
                yield pointer, name
                waiting.append((pointer + step(name), member))
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{place}", member) for place, member in enumerate(value))


def _check_nesting(document: Document) -> None:
    level: list[Any] = [document]
    for _ in range(MAX_NESTING):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in _CONTAINERS
        ]
        if not level:
            return
    raise _too_deep()


def _count_elements(body: bytes) -> None:
    """Refuse an array of too many elements at the first one too many, before they take memory."""
    count = 0

    def counted(_: type, __: object) -> _Element:
        nonlocal count
        count += 1
        if count > MAX_BATCH_SIGNALS:
            raise _too_many()
        return _Element()

    _decoded(msgspec.json.Decoder(list[_Element], dec_hook=counted), body)


def _check_batch_bytes(body: bytes) -> None:
    if len(body) > MAX_BATCH_BYTES:
        raise TooLarge(f"a batch holds at most {MAX_BATCH_BYTES} bytes, this one {len(body)}")


def _refuse_long(body: bytes) -> None:
    """Refuse what is too long even if all its white space and escapes were to go."""
    least = len(body.translate(None, _WHITE_SPACE)) // _MOST_BYTES_A_CHARACTER
    if len(body) > MAX_BATCH_BYTES or least > MAX_SIGNAL_BYTES:
        raise _too_long()


def _too_long() -> TooLarge:
    return TooLarge(f"a signal holds at most {MAX_SIGNAL_BYTES} bytes of JSON without white space")


def _too_many() -> TooLarge:
    return TooLarge(f"a batch holds at most {MAX_BATCH_SIGNALS} signals")


def _too_deep() -> TooLarge:
    return TooLarge(f"a signal nests at most {MAX_NESTING} deep")
