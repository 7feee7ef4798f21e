"""The spanning structure: profiles, the pairs that could ever be linked, and their components.

True for every reader at once: a component holds all that anybody could hold together, at any time.
Components never part and never forget: whoever fuses one looks at intervals. So the order of
arrival leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fusion.domain.fact import MentionFact, Profile, SignalFacts
from fusion.fusing.bound import Bound
from fusion.fusing.hot_keys import HotKeys
from fusion.fusing.linker import Linker
from fusion.fusing.moment import Moment
from fusion.fusing.store import Changes, EngineStore, ProfileRow


class Spanning:
    """The spanning structure while a batch is worked in.

    Rows carry the component that they were read with; `component` says what became of it.
    """

    def __init__(
        self,
        store: EngineStore,
        linker: Linker,
        changes: Changes,
        *,
        hot: HotKeys,
        bound: Bound,
        moment: Moment,
    ) -> None:
        self._store, self._linker, self._changes = store, linker, changes
        self._hot, self._bound, self._moment = hot, bound, moment
        _, self._number = store.numbers()
        self._rows: dict[str, ProfileRow] = {}
        self._numbered: dict[int, ProfileRow] = {}
        self._carriers: dict[str, list[int]] = {}
        self._merged: dict[int, int] = {}
        self._standalone: dict[str, int] = {}
        self._asked: set[str] = set()

    def prefetch(self, facts: Iterable[SignalFacts]) -> None:
        """Read at once what the mentions of these signals will ask for."""
        profiles = {m.profile.digest: m.profile for f in facts for m in f.mentions}
        for row in self._store.profiles(profiles.keys()):
            self._keep(row)
        fresh = [profile for digest, profile in profiles.items() if digest not in self._rows]
        keys = {key for profile in profiles.values() for key in self._linker.keys(profile)}
        self._hot.load(keys)
        cool = {key for p in fresh for key in self._linker.keys(p) if key not in self._hot}
        self._carriers = self._store.carriers(cool)
        known = {number for carriers in self._carriers.values() for number in carriers}
        for row in self._store.profiles_numbered(known - self._numbered.keys()):
            self._keep(row)
        self._bound.load(f"c{row.component}" for row in self._numbered.values())

    def _keep(self, row: ProfileRow) -> None:
        self._rows[row.profile.digest] = row
        self._numbered[row.number] = row

    # --- profiles

    def row_of(self, profile: Profile) -> ProfileRow:
        """The row of a profile that has one."""
        row = self._rows.get(profile.digest)
        if row is None:
            for found in self._store.profiles([profile.digest]):
                self._keep(found)
            row = self._rows[profile.digest]
        return row

    def row_numbered(self, number: int) -> ProfileRow:
        """The row of a number that has one."""
        if number not in self._numbered:
            for row in self._store.profiles_numbered([number]):
                self._keep(row)
        return self._numbered[number]

    def take(self, mention: MentionFact) -> ProfileRow:
        """The row of what a mention says, which may be new."""
        profile, agency = mention.profile, mention.agency
        row = self._rows.get(profile.digest)
        if row is None:
            row = self._new_profile(profile, agency)
        elif agency not in row.agencies:
            row.agencies.add(agency)
            self._changes.agencies[row.number] = row.agencies
            for key in self._linker.keys(profile):
                if key not in self._hot:
                    self._crowd(key)
        if not row.is_specific:
            self._bound.begin(f"m{mention.name}")
            self._asked.add(mention.name)
        return row

    def _new_profile(self, profile: Profile, agency: str) -> ProfileRow:
        self._number += 1
        number = self._number
        is_specific = self._linker.self_bits(profile) >= self._linker.model.same
        row = ProfileRow(number, profile, number, is_specific, {agency})
        self._keep(row)
        self._bound.begin(f"c{number}")
        self._changes.profiles.append(row)
        candidates: set[int] = set()
        for key in self._linker.keys(profile):
            self._changes.postings.append((key, number))
            if key in self._hot:
                continue
            carriers = self._carriers.setdefault(key, [])
            carriers.append(number)
            if not self._crowd(key):
                candidates.update(carriers)
        candidates.discard(number)
        if is_specific:
            for candidate in sorted(candidates):
                self.compare(row, self.row_numbered(candidate))
        return row

    def _crowd(self, key: str) -> bool:
        """Whether a key has now come to be hot.

        A content counts once for each agency that says it: no pair can count more (RULES.md 11).
        """
        if key not in self._carriers:
            self._carriers.update(self._store.carriers([key]))
        count = sum(len(self.row_numbered(number).agencies) for number in self._carriers[key])
        if count <= self._linker.model.key_cap:
            return False
        self._changes.hot.append(key)
        self._hot.turn(key)
        return True

    # --- links and components

    def compare(self, one: ProfileRow, other: ProfileRow) -> None:
        """Link two profiles that some key proposes, where their contents say *same*."""
        if not (one.is_specific and other.is_specific):
            return
        if self._linker.reaches(one.profile, other.profile, self._linker.model.same):
            pair = (min(one.number, other.number), max(one.number, other.number))
            self._changes.links.append(pair)
            self._merge(one.component, other.component)

    def links_among(self, profiles: Collection[int]) -> set[tuple[int, int]]:
        """The links both of whose ends are among these."""
        among = set(profiles)
        fresh = [pair for pair in self._changes.links if among.issuperset(pair)]
        return {*self._store.links_among(among), *fresh}

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
            self._number += 1
            component = self._standalone[mention.name] = self._number
            self._changes.standalone.append((mention.name, component))
            self._rekey(f"m{mention.name}", f"c{component}")
        return component

    def _standalone_component(self, name: str) -> int | None:
        if name not in self._asked:
            self._asked.add(name)
            self._standalone.update(self._store.standalone([name]))
        return self._standalone.get(name)

    def _component(self, component: int) -> int:
        while component in self._merged:
            component = self._merged[component]
        return component

    def _merge(self, one: int, other: int) -> None:
        one, other = self._component(one), self._component(other)
        if one == other:
            return
        kept, gone = min(one, other), max(one, other)
        self._merged[gone] = kept
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
            return f"c{self._component(self.row_numbered(int(place[1:])).component)}"
        if place[0] == "m" and "#" in place:
            component = self._standalone_component(place[1:])
            return place if component is None else f"c{self._component(component)}"
        return place
