"""Origins: which signals tell what one source said (RULES.md 19).

An origin is an id of its own or a signal that is relayed. What relays a known signal has that
signal's origin; an absent (or hidden) origin is one unknown origin for each office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fusion.domain.fact import SignalFacts

_SIGNAL = "signal:"


def origins_of(signals: Iterable[SignalFacts], known: Mapping[str, SignalFacts]) -> dict[str, str]:
    """The origin token of each signal, as far as what is `known` tells."""
    return {signal.name: _origin(signal, known) for signal in signals}


def relayed_by(signal: SignalFacts) -> str | None:
    """The name of the signal that this one relays, if its origin names one."""
    if signal.origin is None or not signal.origin.startswith(_SIGNAL):
        return None
    return signal.origin.removeprefix(_SIGNAL)


def _origin(signal: SignalFacts, known: Mapping[str, SignalFacts]) -> str:
    walked = [signal.name]
    while signal.origin is not None:
        target = relayed_by(signal)
        if target is None:
            return signal.origin
        if target in walked:
            # A ring of relays is one origin; any of its names would do, so the smallest.
            return _SIGNAL + min(walked[walked.index(target) :])
        behind = known.get(target)
        if behind is None:
            return signal.origin
        walked.append(target)
        signal = behind
    return f"office:{signal.office}"
