"""The profiles of a store: rows as they stand, contents kept in memory."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

import msgspec
from sqlalchemy import Connection

from fusion.domain.fact import Profile
from fusion.fusing.store import ProfileRow
from fusion.projections.store.rows import select_in

# Contents of profiles kept in memory, which comparing asks for again and again; some 1 KiB each.
PROFILES_KEPT = 100_000


class Profiles:
    """What one connection reads of profiles."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._contents: dict[int, Profile] = {}

    def by_digest(self, digests: Collection[str]) -> list[ProfileRow]:
        """The rows of known profiles."""
        return self._rows("digest IN {}", digests)

    def by_number(self, numbers: Collection[int]) -> list[ProfileRow]:
        """The rows of profiles by their numbers."""
        known = [number for number in numbers if number in self._contents]
        text = "SELECT number, component, is_specific, agencies FROM profile WHERE number IN {}"
        rows = [
            ProfileRow(n, self._contents[n], component, bool(specific), set(agencies.split()))
            for n, component, specific, agencies in select_in(self._connection, text, known)
        ]
        if len(known) < len(numbers):
            others = [number for number in numbers if number not in self._contents]
            rows += self._rows("number IN {}", others)
        return rows

    def _rows(self, where: str, values: Collection[object]) -> list[ProfileRow]:
        text = (
            'SELECT number, digest, "schema", properties, component, is_specific, agencies'
            f" FROM profile WHERE {where}"
        )
        rows = []
        for n, digest, schema, body, component, specific, agencies in select_in(
            self._connection, text, values
        ):
            profile = self._contents.get(n) or _load_profile(schema, body, digest)
            self.keep(n, profile)
            rows.append(ProfileRow(n, profile, component, bool(specific), set(agencies.split())))
        return rows

    def keep(self, number: int, profile: Profile) -> None:
        """Remember the content of a profile that is stored: it never changes."""
        self._contents[number] = profile
        if len(self._contents) > PROFILES_KEPT:
            for oldest in list(islice(self._contents, PROFILES_KEPT // 2)):
                del self._contents[oldest]


def text_of(profile: Profile) -> str:
    """What a profile is searched by: its values, one a line, in small letters."""
    return "\n".join(value for _, values in profile.stated for value in values).lower()


def profile_values(row: ProfileRow) -> tuple[object, ...]:
    """The values of a profile's row, in the order of its columns."""
    profile = row.profile
    return (
        *(row.number, profile.digest, profile.schema, msgspec.json.encode(profile.properties)),
        *(row.component, int(row.is_specific), agency_list(row.agencies), text_of(profile)),
    )


def agency_list(agencies: set[str]) -> str:
    """Agencies as they are kept, in an order of their own."""
    return " ".join(sorted(agencies))


def _load_profile(schema: str, body: bytes, digest: str) -> Profile:
    pairs = msgspec.json.decode(body, type=tuple[tuple[str, tuple[str, ...]], ...])
    return Profile(schema, pairs, digest)
