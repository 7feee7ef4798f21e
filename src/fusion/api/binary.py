"""The binary form of a signal: attributes in `ce-` headers, `data` alone in the body.

Reads what the CloudEvents HTTP binding 1.0.2 (section 3.1) says of headers, and nothing of what an
attribute means. Promises that a signal in this form is the same signal as in the structured one.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers

from fusion.domain.errors import Fault, Invalid, step

# What the body is, said by Content-Type: here it is the attribute `datacontenttype`.
JSON = "application/json"
_PREFIX = b"ce-"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Stated by the body and its Content-Type.
_NOT_HERE = frozenset({"data", "datacontenttype"})


def is_binary(headers: Headers, media_type: str) -> bool:
    """Whether a body of this media type is the `data` of a signal that headers describe."""
    return media_type == JSON and any(name.startswith(_PREFIX) for name, _ in headers.raw)


def attributes_of(headers: Headers) -> dict[str, str]:
    """The attributes that headers state, with `datacontenttype`.

    Invalid, by their pointers in the signal, for those that can't be read or stand there twice.
    """
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for header, value in headers.raw:
        if not header.startswith(_PREFIX):
            continue
        name = header.removeprefix(_PREFIX).decode("latin-1")
        if name in found:
            faults.append(Fault(step(name), "stands in two headers"))
        elif name in _NOT_HERE:
            faults.append(Fault(step(name), "is said by the body and its Content-Type"))
        else:
            found[name] = _decoded(name, value.decode("latin-1"), faults)
    if faults:
        raise Invalid("attributes that can't be read", faults=tuple(faults))
    return {**found, "datacontenttype": JSON}


def _decoded(name: str, value: str, faults: list[Fault]) -> str:
    """A header's value: out of its quotes, then out of its percent-encoding, once."""
    quoted = _QUOTED.fullmatch(value)
    bare = _ESCAPED.sub(r"\1", quoted[1]) if quoted else value
    try:
        return unquote_to_bytes(bare.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        faults.append(Fault(step(name), "is no percent-encoded UTF-8"))
        return ""
