"""HTTP as it is spoken: uvicorn's protocol, whose refusals have the form of all others.

What is no HTTP never becomes a request, so no route and no middleware answers it; every answer has
one form all the same (CONTRACT.md, section 3).
"""

from __future__ import annotations

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fusion.api.problems import MEDIA_TYPE, problem
from fusion.domain.errors import Fault, Unreadable

_BODY = msgspec.json.encode(
    problem(Unreadable("no request", faults=(Fault("", "is no HTTP request that can be read"),)))
)
_ANSWER = b"\r\n".join(
    [
        b"HTTP/1.1 400 Bad Request",
        b"content-type: " + MEDIA_TYPE.encode(),
        b"content-length: " + str(len(_BODY)).encode(),
        b"cache-control: private, no-store",
        b"connection: close",
        b"",
        _BODY,
    ]
)


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol over httptools."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn says of it
        """Answer what is no request, and hang up."""
        self.transport.write(_ANSWER)
        self.transport.close()
