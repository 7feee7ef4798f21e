"""The linker: keys and bits of profiles under one model, remembered.

All it answers is a pure function of profiles and model, so what it keeps can never be stale; what
it forgets is computed again. A profile is known by its digest, which is that of its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fusion.domain.fact import Profile
from fusion.domain.ids import bounded
from fusion.linking.blocking import keys_of
from fusion.linking.compare import FeatureScore, explain, pair_bits, reaches, self_bits
from fusion.linking.features import Features, features_of
from fusion.linking.model import Model
from fusion.linking.nearness import number_bits

# Profiles whose features are kept: some 2 KiB each. A batch and the components that it touches.
PROFILES_KEPT = 100_000
# Pairs whose bits are kept: what resolving a component asks again and again.
PAIRS_KEPT = 400_000


class FeatureLinker:
    """Compares profiles feature by feature, under one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        # Features by digest: those met lately, and those met before them. When the first are half
        # of what may be kept, the second go.
        self._recent: dict[str, Features] = {}
        self._earlier: dict[str, Features] = {}
        self._pair = lru_cache(maxsize=PAIRS_KEPT)(self._pair_bits)
        self.keys = lru_cache(maxsize=PROFILES_KEPT)(self._keys)

    @property
    def version(self) -> str:
        """The version of the model."""
        return self.model.version

    def bits(self, one: Profile, other: Profile) -> int:
        """Millibits that two profiles are one thing; symmetric."""
        return self._pair(one, other) if one.digest <= other.digest else self._pair(other, one)

    def near(self, one: Profile, others: Sequence[Profile], bound: int) -> list[int]:
        """The places of those whose `bits` with one are at least `bound`; cheap for the rest."""
        recent, model = self._recent, self.model
        ours = self._features(one)
        found = []
        for place, other in enumerate(others):
            theirs = recent.get(other.digest) or self._features(other)
            if reaches(ours, theirs, bound, model):
                found.append(place)
        return found

    def self_bits(self, profile: Profile) -> int:
        """Millibits of a profile against itself: how specific it is."""
        return self_bits(self._features(profile), self.model)

    def explain(self, one: Profile, other: Profile) -> list[FeatureScore]:
        """What the bits are made of; the lines sum to them."""
        return explain(self._features(one), self._features(other), self.model)

    def identifiers(self, profile: Profile) -> frozenset[str]:
        """The numbers of a profile each of which would by itself make two profiles *same*."""
        features, least = self._features(profile), self.model.same
        strong = [n for n in features.numbers if number_bits(n, self.model.weights) >= least]
        return frozenset(bounded(f"{family}|{n}") for family in features.families for n in strong)

    def _features(self, profile: Profile) -> Features:
        features = self._recent.get(profile.digest)
        if features is None:
            features = self._earlier.get(profile.digest) or features_of(profile, self.model)
            if len(self._recent) >= PROFILES_KEPT // 2:
                self._earlier, self._recent = self._recent, {}
            self._recent[profile.digest] = features
        return features

    def _keys(self, profile: Profile) -> tuple[str, ...]:
        return keys_of(self._features(profile), self.model)

    def _pair_bits(self, one: Profile, other: Profile) -> int:
        return pair_bits(self._features(one), self._features(other), self.model)
