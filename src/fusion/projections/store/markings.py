"""Markings by number: thousands of signals share a few."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from fusion.domain.marking import NormalForm
from fusion.events.catalog import StoredMarking, load_marking, store_marking


class Markings:
    """The markings that a store knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers: dict[NormalForm, int] = {}
        self._by_number: dict[int, NormalForm] = {}

    def number(self, marking: NormalForm) -> int:
        """The number of a marking, which gets one on first sight."""
        number = self._numbers.get(marking)
        if number is None:
            body = msgspec.json.encode(store_marking(marking))
            digest = hashlib.sha256(body).digest()
            c = self._connection
            c.exec_driver_sql(
                "INSERT INTO marking (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (digest, body),
            )
            found = c.exec_driver_sql("SELECT number FROM marking WHERE digest = ?", (digest,))
            number = int(found.scalar_one())
            self._numbers[marking] = number
        return number

    def by_number(self) -> Mapping[int, NormalForm]:
        """All markings, as of the transaction that the connection is in."""
        c = self._connection
        count = c.exec_driver_sql("SELECT count(*) FROM marking").scalar()
        if count != len(self._by_number):
            rows = c.exec_driver_sql("SELECT number, body FROM marking").fetchall()
            self._by_number = {
                n: load_marking(msgspec.json.decode(body, type=StoredMarking)) for n, body in rows
            }
        return self._by_number
