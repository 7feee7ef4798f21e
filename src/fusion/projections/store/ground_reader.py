"""Reading grounds out of the store: everything that has to be looked at together.

What it returns spans all markings; whoever reads it lets it through `admits` at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import chain
from operator import attrgetter

from sqlalchemy import Connection

from fusion.domain.fact import Profile
from fusion.domain.marking import NormalForm
from fusion.fusing.ground import Bearing, Ground, StoredJudgement, StoredSignal
from fusion.fusing.origin import relayed_by
from fusion.fusing.rules import Rules
from fusion.fusing.store import ProfileRow, Touch
from fusion.projections.store.judgements import load_judgement
from fusion.projections.store.rows import select_in
from fusion.projections.store.sql_store import SqlStore

# Grounds kept while the store stands still: those that a batch touches, for all classes that look.
GROUNDS_KEPT = 1_000

_SHARED = """SELECT identifier, mention, event, part, marking FROM identifier WHERE identifier IN
    (SELECT identifier FROM identifier GROUP BY identifier HAVING count(DISTINCT marking) > 1)"""
_OR_BORNE = " OR identifier IN (SELECT identifier FROM identifier WHERE marking IN ({}))"


class GroundReader:
    """The grounds of one store, as its rules see them: those it began with, and later ones."""

    def __init__(self, store: SqlStore, rules: Rules) -> None:
        self._store, self.rules = store, store.rules(rules)

    def touches(self, after: int) -> tuple[list[Touch], int]:
        """Touches beyond a number, and the last number."""
        text = "SELECT number, recorded, name, place FROM touch WHERE number > ? ORDER BY number"
        with self._store.reading() as c:
            rows = c.exec_driver_sql(text, (after,)).fetchall()
        return [Touch((r, n), place) for _, r, n, place in rows], rows[-1][0] if rows else after

    def touches_at(self, recorded: int) -> list[Touch]:
        """The touches of one recorded moment."""
        text = "SELECT recorded, name, place FROM touch WHERE recorded = ?"
        with self._store.reading() as c:
            rows = c.exec_driver_sql(text, (recorded,)).fetchall()
        return [Touch((r, n), place) for r, n, place in rows]

    def tearlines(self, signals: Collection[str]) -> dict[str, tuple[NormalForm, ...]]:
        """The markings of the tear-lines of those of these signals that have any."""
        text = (
            "SELECT whole.name, line.marking FROM signal whole JOIN signal line"
            " ON line.event = whole.event AND line.part > 0"
            " WHERE whole.part = 0 AND whole.name IN {}"
        )
        found: dict[str, tuple[NormalForm, ...]] = {}
        with self._store.reading() as c:
            markings = self._store.markings()
            for name, marking in select_in(c, text, signals):
                found[name] = (*found.get(name, ()), markings[marking])
        return found

    def shared_identifiers(
        self,
        *,
        known: Callable[[NormalForm], bool],
        discovered: Callable[[NormalForm], bool],
        entrusted: Callable[[NormalForm], bool],
    ) -> dict[str, list[tuple[StoredSignal, str]]]:
        """Who bears what some known and some only discovered mention, or an entrusted one, bear."""
        borne: dict[str, list[tuple[str, int, int, bool]]] = {}
        with self._store.reading() as c:
            markings = self._store.markings()
            sees = {n: known(m) for n, m in markings.items() if discovered(m)}
            kept = [number for number, marking in markings.items() if entrusted(marking)]
            text = _SHARED + (_OR_BORNE.format(",".join(map(str, kept))) if kept else "")
            for identifier, mention, event, part, marking in c.exec_driver_sql(text):
                if marking in sees:
                    bearer = (mention, event, part, sees[marking])
                    borne.setdefault(identifier, []).append(bearer)
            shared = {
                identifier: rows
                for identifier, rows in borne.items()
                if len({r[3] for r in rows}) > 1 or (kept and len(rows) > 1)
            }
            events = self._store.events_numbered({r[1] for rows in shared.values() for r in rows})
            return {
                identifier: [
                    (self._store.stored(events[event], part), mention)
                    for mention, event, part, _ in rows
                ]
                for identifier, rows in shared.items()
            }

    def ground(self, place: str) -> Ground | None:
        """The ground of a place: `p<profile>`, `m<mention>` or the key of a free cell.

        It is read once in one state of the store, whoever looks at it.
        """
        with self._store.reading() as c:
            made = self._store.made_of_this_state()
            rules: Rules | None
            ground: Ground | None
            rules, ground = made.get(place, (None, None))
            if rules is not self.rules:
                if len(made) >= GROUNDS_KEPT:
                    made.clear()
                ground = self._read(c, place)
                made[place] = (self.rules, ground)
            return ground

    def _read(self, c: Connection, place: str) -> Ground | None:
        if "|" in place:
            return self._free_cell(c, place)
        if place[0] == "p":
            rows = self._store.profiles_numbered([int(place[1:])])
            return self._component(c, rows[0].component) if rows else None
        mention = place[1:]
        component = self._store.standalone([mention]).get(mention)
        return self._row(mention) if component is None else self._component(c, component)

    def place_of(self, mention: str) -> str | None:
        """The place of a mention, None where there is no such mention."""
        signal = self._store.signals([mention.rsplit("#", 1)[0]])
        for stored in filter(attrgetter("ever_stood"), signal.values()):
            for fact in stored.facts.mentions:
                if fact.name == mention:
                    (row,) = self._store.profiles([fact.profile.digest])
                    return f"p{row.number}" if row.is_specific else f"m{mention}"
        return None

    def _free_cell(self, c: Connection, key: str) -> Ground:
        rows = c.exec_driver_sql("SELECT event, part FROM cell WHERE ground = ?", (key,)).fetchall()
        signals = self._signals({(event, part) for event, part in rows})
        return self._whole(key, signals, (), frozenset(), under=self._under(c, key))

    def _under(self, c: Connection, key: str) -> tuple[Ground, ...]:
        """The grounds whose hypotheses a free cell could use."""
        text = "SELECT ground FROM lend WHERE cell = ? ORDER BY ground"
        return tuple(self._keyed(c, ground) for (ground,) in c.exec_driver_sql(text, (key,)))

    def _keyed(self, c: Connection, key: str) -> Ground:
        """A ground by its key."""
        if "|" in key:
            return self._free_cell(c, key)
        return self._row(key[1:]) if "#" in key else self._component(c, int(key[1:]))

    def _row(self, mention: str) -> Ground:
        signals = tuple(self._store.signals([mention.rsplit("#", 1)[0]]).values())
        return self._whole(f"m{mention}", signals, (), frozenset({mention}))

    def _component(self, c: Connection, component: int) -> Ground:
        numbers = [
            n
            for (n,) in c.exec_driver_sql(
                "SELECT number FROM profile WHERE component = ?", (component,)
            )
        ]
        alone = [
            name
            for (name,) in c.exec_driver_sql(
                "SELECT mention FROM standalone WHERE component = ?", (component,)
            )
        ]
        text = "SELECT event, part FROM bearing WHERE profile IN {}"
        parts = set(select_in(c, text, numbers))
        signals = {s.facts.name: s for s in self._signals(parts)}
        signals.update(self._store.signals({name.rsplit("#", 1)[0] for name in alone}))
        rows = [row for row in self._store.profiles_numbered(numbers) if row.is_specific]
        return self._whole(f"c{component}", tuple(signals.values()), rows, frozenset(alone))

    def _signals(self, parts: Collection[tuple[int, int]]) -> tuple[StoredSignal, ...]:
        events = self._store.events_numbered({event for event, _ in parts})
        return tuple(self._store.stored(events[event], part) for event, part in sorted(parts))

    def _whole(
        self,
        key: str,
        signals: tuple[StoredSignal, ...],
        rows: Iterable[ProfileRow],
        alone: frozenset[str],
        under: tuple[Ground, ...] = (),
    ) -> Ground:
        profiles = {row.number: row.profile for row in rows}
        digests = frozenset(profile.digest for profile in profiles.values())
        links = [(profiles[a], profiles[b]) for a, b in self._store.links_among(profiles)]
        slug, _, is_free = key.partition("|")
        eras = range(len(self.rules.eras))
        # A free cell is of the patterns of its name alone, and is looked at when one has passed.
        passed = {(e, slug) for e in eras} if is_free else self._store.passed([key]).get(key, ())
        mentions = [m.name for s in signals for m in s.facts.mentions]
        return Ground(
            key=key,
            passed=frozenset(passed),
            signals=signals,
            relayed=self._relayed(signals),
            judgements=self._judgements(mentions),
            links=tuple(links),
            hot=self._hot(profiles.values()),
            profiles=digests,
            standalone=alone,
            under=under,
        )

    def _relayed(self, signals: Iterable[StoredSignal]) -> dict[str, StoredSignal]:
        """The signals behind the origins of these, and behind theirs."""
        known = {stored.facts.name: stored for stored in signals}
        wanted = {t for s in known.values() if (t := relayed_by(s.facts))} - known.keys()
        while wanted:
            found = self._store.signals(wanted)
            known.update(found)
            wanted = {t for s in found.values() if (t := relayed_by(s.facts))} - known.keys()
        return known

    def _judgements(self, mentions: Collection[str]) -> tuple[StoredJudgement, ...]:
        found = {}
        with self._store.reading() as c:
            if c.exec_driver_sql("SELECT 1 FROM judgement LIMIT 1").fetchone() is None:
                return ()
            for column in ("a", "b"):
                text = f"SELECT recorded, name, body FROM judgement WHERE {column} IN {{}}"
                for recorded, name, body in select_in(c, text, mentions):
                    found[recorded, name] = StoredJudgement(load_judgement(body), (recorded, name))
        return tuple(found[at] for at in sorted(found))

    def _hot(self, profiles: Iterable[Profile]) -> dict[str, tuple[Bearing, ...]]:
        """The bearings of the hot keys of profiles; read only where a link may hang on them."""
        linker = self.rules.linker
        carried = [set(linker.keys(profile)) for profile in profiles]
        hot = self._store.hot(set(chain.from_iterable(carried)))
        return _LazyBearings(self._store, hot)


class _LazyBearings(dict[str, tuple[Bearing, ...]]):
    """Bearings of hot keys, read when one is looked at: most links have a key that is not hot."""

    def __init__(self, store: SqlStore, keys: Collection[str]) -> None:
        super().__init__(dict.fromkeys(keys, ()))
        self._store = store
        self._read: set[str] = set()

    def __getitem__(self, key: str) -> tuple[Bearing, ...]:
        if key not in self._read:
            self._read.add(key)
            bearings = tuple(bearing for _, bearing in self._store.bearings(key))
            super().__setitem__(key, bearings)
        return super().__getitem__(key)
