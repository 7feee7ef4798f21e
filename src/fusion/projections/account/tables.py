"""The tables of the account: what is derived from the ledger, over all readers and owners."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

metadata = MetaData()

# One row: up to where the ledger is worked in, and by which entry that can be recognised.
progress = Table(
    "progress",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

query = Table(
    "query",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("agency", Text),
    Column("purpose", Text),
    Column("matter", Text),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("count", Integer, nullable=False),
)

page = Table(
    "page",
    metadata,
    Column("page", Text, primary_key=True),
    Column("rung", Text, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("owner", Text, nullable=False),
)

# Who has a stream open, and what its channel is.
stream = Table(
    "stream",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("reader", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text),
    Index("stream_channel", "channel"),
)

# What each open stream was shown: when it ends, that is until when.
watched = Table(
    "watched",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("rung", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
)

# Who was shown which signal, by day. `before` is the day, negated, so that the key's own order is
# newest first. An absent purpose is empty text: a key has no nulls.
shown = Table(
    "shown",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("before", Integer, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("rung", Text, primary_key=True),
    Column("until", Integer),
)
