"""The spanning structure: profiles, the pairs that could ever be linked, and their components.

True for every reader at once: a component holds all that anybody could hold together, at any time.
Components never part and never forget: whoever fuses one looks at intervals. So the order of
arrival leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from fusion.domain.fact import MentionFact, Profile, SignalFacts
from fusion.fusing.bounds import Bounds
from fusion.fusing.hot_keys import HotKeys
from fusion.fusing.index import Carriers, Index
from fusion.fusing.linker import Linker
from fusion.fusing.moment import Moment
from fusion.fusing.store import Changes, EngineStore, ProfileRow


class Spanning:
    """The spanning structure while a batch is worked in.

    Rows carry the component that they were read with; the index says what became of it.
    """

    def __init__(
        self,
        store: EngineStore,
        linker: Linker,
        changes: Changes,
        *,
        index: Index,
        hot: HotKeys,
        bound: Bounds,
        moment: Moment,
    ) -> None:
        self._store, self._linker, self._changes = store, linker, changes
        self._index, self._hot, self._bound, self._moment = index, hot, bound, moment
        self._standalone: dict[str, int] = {}
        self._asked: set[str] = set()
        index.begin()

    def prefetch(self, facts: Iterable[SignalFacts]) -> None:
        """Read at once what the mentions of these signals will ask for."""
        profiles = {m.profile.digest: m.profile for f in facts for m in f.mentions}
        self._index.load(profiles.keys())
        fresh = [p for digest, p in profiles.items() if self._index.get(digest) is None]
        self._hot.load({key for p in profiles.values() for key in self._linker.keys(p)})
        cool = {key for p in fresh for key in self._linker.keys(p) if key not in self._hot}
        self._index.load_keys(cool)
        known = [row for digest in profiles if (row := self._index.get(digest)) is not None]
        self._bound.load(f"c{component}" for component in self._index.components(known))

    # --- profiles

    def row_of(self, profile: Profile) -> ProfileRow:
        """The row of a profile that has one."""
        return self._index.row_of(profile)

    def row_numbered(self, number: int) -> ProfileRow:
        """The row of a number that has one."""
        return self._index.row(number)

    def take(self, mention: MentionFact) -> ProfileRow:
        """The row of what a mention says, which may be new."""
        profile, agency = mention.profile, mention.agency
        row = self._index.get(profile.digest)
        if row is None:
            row = self._new_profile(profile, agency)
        elif agency not in row.agencies:
            # Read before the agency is known to the row, which they are counted by.
            carried = {
                key: self._index.carriers(key)
                for key in self._linker.keys(profile)
                if key not in self._hot
            }
            row.agencies.add(agency)
            self._changes.agencies[row.number] = row.agencies
            for key, carriers in carried.items():
                self._crowd(key, carriers)
        if not row.is_specific:
            self._bound.begin(f"m{mention.name}")
            self._asked.add(mention.name)
        return row

    def _new_profile(self, profile: Profile, agency: str) -> ProfileRow:
        number = self._index.next_number()
        is_specific = self._linker.self_bits(profile) >= self._linker.model.same
        row = ProfileRow(number, profile, number, is_specific, {agency})
        self._index.keep(row)
        self._bound.begin(f"c{number}")
        self._changes.profiles.append(row)
        candidates: set[int] = set()
        for key in self._linker.keys(profile):
            self._changes.postings.append((key, number))
            if key in self._hot:
                continue
            carriers = self._index.carriers(key)
            if not self._crowd(key, carriers):
                candidates.update(carriers.numbers)
                carriers.numbers.append(number)
        if is_specific:
            self.link(row, sorted(candidates))
        return row

    def _crowd(self, key: str, carriers: Carriers) -> bool:
        """One more content, or agency that says it, carries a key: whether it is now hot."""
        carriers.crowd += 1
        if carriers.crowd <= self._linker.model.key_cap:
            return False
        self._changes.hot.append(key)
        self._hot.turn(key)
        self._index.forget_key(key)
        return True

    # --- links and components

    def link(self, one: ProfileRow, numbers: Sequence[int]) -> None:
        """Link a profile with those that some key proposes and whose contents say *same*."""
        if not one.is_specific:
            return
        rows = [row for row in self._index.rows(numbers) if row.is_specific]
        profiles = [row.profile for row in rows]
        for place in self._linker.near(one.profile, profiles, self._linker.model.same):
            other = rows[place]
            pair = (min(one.number, other.number), max(one.number, other.number))
            self._changes.links.append(pair)
            self._merge(one.component, other.component)

    def sharing(self, numbers: Collection[int]) -> list[int]:
        """One profile of each component that holds several of these."""
        rows = self._index.rows(numbers)
        held: dict[int, list[int]] = {}
        for row, component in zip(rows, self._index.components(rows), strict=True):
            held.setdefault(component, []).append(row.number)
        return [among[0] for among in held.values() if len(among) > 1]

    def tie(self, a: MentionFact, b: MentionFact) -> None:
        """What is claimed or judged of two mentions is looked at on one ground, a denial too."""
        self._merge(self._own_component(a), self._own_component(b))

    def _own_component(self, mention: MentionFact) -> int:
        """The component of a mention that is named: a row gets one of its own."""
        row = self.row_of(mention.profile)
        if row.is_specific:
            return row.component
        component = self._standalone_component(mention.name)
        if component is None:
            component = self._standalone[mention.name] = self._index.next_number()
            self._changes.standalone.append((mention.name, component))
            self._rekey(f"m{mention.name}", f"c{component}")
        return component

    def _standalone_component(self, name: str) -> int | None:
        if name not in self._asked:
            self._asked.add(name)
            self._standalone.update(self._store.standalone([name]))
        return self._standalone.get(name)

    def _merge(self, one: int, other: int) -> None:
        one, other = self._index.component(one), self._index.component(other)
        if one == other:
            return
        kept, gone = min(one, other), max(one, other)
        self._index.merge(gone, kept)
        self._changes.merges.append((gone, kept))
        self._rekey(f"c{gone}", f"c{kept}")

    def _rekey(self, old: str, new: str) -> None:
        self._moment.merge(old, new)
        self._bound.rekey(old, new)

    # --- places

    def place(self, mention: MentionFact) -> str:
        """What names the ground of a mention, and stays in it: `p<profile>` or `m<mention>`."""
        row = self.row_of(mention.profile)
        return f"p{row.number}" if row.is_specific else f"m{mention.name}"

    def ground(self, place: str) -> str:
        """The ground of a place, as it stands now."""
        if place[0] == "p" and place[1:].isdigit():
            return f"c{self._index.component(self.row_numbered(int(place[1:])).component)}"
        if place[0] == "m" and "#" in place:
            component = self._standalone_component(place[1:])
            return place if component is None else f"c{self._index.component(component)}"
        return place
