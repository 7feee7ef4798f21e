from __future__ import annotations

import logging
import socket

import pytest

from fusion.api.serving import UNREAD_MILLISECONDS, _drop_unread, _report_to_standard_error


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such option"
)
def test_the_kernel_gives_up_connections_whose_peer_takes_nothing_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _drop_unread(listener)
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                limit = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert limit == UNREAD_MILLISECONDS


def test_a_stream_that_was_cut_off_is_no_error_and_everything_else_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("uvicorn.error")
    before = logger.level, list(logger.filters)
    try:
        _report_to_standard_error()
        with caplog.at_level(logging.ERROR, "uvicorn.error"):
            logger.error("ASGI callable returned without completing response.")
            logger.error("Exception in ASGI application\n")
            logger.info("Shutting down")
    finally:
        logger.setLevel(before[0])
        logger.filters[:] = before[1]
    assert caplog.messages == ["Exception in ASGI application\n"]
