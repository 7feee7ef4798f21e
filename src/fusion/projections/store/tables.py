"""The tables of the store: what is derived from the log, over all markings.

Numbers are the worker's own and are never served. An instant is two columns, the recorded time and
the name that orders events within it (`fusion.fusing.ground.Instant`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
)
from sqlalchemy import Text as AnyText

metadata = MetaData()

# In the order of its bytes, as SQLite has it, whatever the database's own order is.
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")
# A row's number: the name of the row itself in SQLite, which knows only INTEGER as that.
Number = BigInteger().with_variant(Integer(), "sqlite")

# One row: up to where the log is worked in. The position and what was derived from it are written
# in one transaction, and only where the position is still what the worker read, by who took the
# store over last: `writer` counts those who did.
progress = Table(
    "progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("writer", Number, nullable=False),
)

# The communities under which markings were compiled, by epoch.
community = Table(
    "community",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

# Found by a digest of the body, which may be longer than an index takes.
marking = Table(
    "marking",
    metadata,
    Column("number", Number, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("until_recorded", BigInteger),
    Column("until_name", Text),
    Column("gone_by", Text),
    Column("epoch", Integer, nullable=False),
    Column("fault", Text),
    Column("publisher", Text, nullable=False),
    UniqueConstraint("source", "id"),
)
Index("event_recorded", event.c.recorded)
Index("event_publisher", event.c.publisher, event.c.number)

# A signal, or one of its tear-lines: what is listed, searched and served; its text in small letters
# as Unicode has them, which no two databases agree on.
signal = Table(
    "signal",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("event", Number, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("marking", Number, nullable=False),
    Column("reported", BigInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("text", Text, nullable=False),
)
Index("signal_reported", signal.c.reported.desc(), signal.c.name)
Index("signal_event", signal.c.event)

# Retractions of what has come and of what has not.
retraction = Table(
    "retraction",
    metadata,
    Column("target", Text, primary_key=True),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("gone_by", Text, nullable=False),
)

profile = Table(
    "profile",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("schema", Text, nullable=False),
    Column("properties", LargeBinary, nullable=False),
    Column("component", Number, nullable=False),
    Column("is_specific", SmallInteger, nullable=False),
    Column("agencies", Text, nullable=False),
    Column("text", Text, nullable=False),
)
Index("profile_component", profile.c.component)

bearing = Table(
    "bearing",
    metadata,
    Column("profile", Number, primary_key=True),
    Column("event", Number, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    sqlite_with_rowid=False,
)

# Which mention an entity's name is made from: any visible member's name answers.
naming = Table(
    "naming",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("mention", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Which mentions bear a strong identifier, for pointers (RULES.md 25).
identifier = Table(
    "identifier",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("mention", Text, primary_key=True),
    Column("event", Number, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("marking", Number, nullable=False),
    sqlite_with_rowid=False,
)

posting = Table(
    "posting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("profile", Number, primary_key=True),
    sqlite_with_rowid=False,
)

hot = Table("hot", metadata, Column("key", Text, primary_key=True), sqlite_with_rowid=False)

link = Table(
    "link",
    metadata,
    Column("a", Number, primary_key=True),
    Column("b", Number, primary_key=True),
    sqlite_with_rowid=False,
)

# Mentions that stand for themselves because a claim or a judgement names them.
standalone = Table(
    "standalone",
    metadata,
    Column("mention", Text, primary_key=True),
    Column("component", Number, nullable=False),
    sqlite_with_rowid=False,
)
Index("standalone_component", standalone.c.component)

claim = Table(
    "claim",
    metadata,
    Column("name", Text, primary_key=True),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("target", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("claim_target", claim.c.target)

relay = Table(
    "relay",
    metadata,
    Column("target", Text, primary_key=True),
    Column("relay", Text, primary_key=True),
    sqlite_with_rowid=False,
)

judgement = Table(
    "judgement",
    metadata,
    Column("ordinal", Number, primary_key=True, autoincrement=False),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("judgement_a", judgement.c.a)
Index("judgement_b", judgement.c.b)

# Acknowledgements and feedback, by every name that their alert answered to.
remark = Table(
    "remark",
    metadata,
    Column("alert", Text, primary_key=True),
    Column("recorded", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("remark_recorded", remark.c.recorded)

# Disclosure requests and their answers: at most one of each kind for a request.
request = Table(
    "request",
    metadata,
    Column("request", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("recorded", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("request_recorded", request.c.recorded)

# The patterns that came into force since the log began: all of an era, as they were read.
published = Table(
    "published",
    metadata,
    Column("era", Integer, primary_key=True),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# The upper bound of each ground (RULES.md 23), by the patterns of each era.
weight = Table(
    "weight",
    metadata,
    Column("era", Integer, primary_key=True),
    Column("ground", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("millibits", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cell = Table(
    "cell",
    metadata,
    Column("ground", Text, primary_key=True),
    Column("event", Number, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    sqlite_with_rowid=False,
)

passed = Table(
    "passed",
    metadata,
    Column("ground", Text, primary_key=True),
    Column("era", Integer, primary_key=True),
    Column("pattern", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Free cells, and the grounds whose hypotheses they could use.
lend = Table(
    "lend",
    metadata,
    Column("cell", Text, primary_key=True),
    Column("ground", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("lend_ground", lend.c.ground)

touch = Table(
    "touch",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("recorded", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("place", Text, nullable=False),
)
Index("touch_recorded", touch.c.recorded)
