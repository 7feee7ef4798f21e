"""An audit: what a reader may be told of who asked and who was shown what.

An owner's reader is told who was shown signals of its agency that it may know itself, by day and
without the case (a declared release, RULES.md 30); signals that were taken back stay in the
account, since they were shown. Oversight is told who asked for what and was refused, and nothing of
what was found. Neither is told the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from fusion.access.disclosure import Disclosure
from fusion.access.reader import Reader
from fusion.domain.clock import format_moment, midnight
from fusion.domain.errors import Forbidden
from fusion.projections.account.account import Account, Asked, ShownSignal
from fusion.projections.view.cursor import Seal, opened
from fusion.projections.view.port import Answer
from fusion.projections.view.scene import Scene
from fusion.projections.view.views import Views

# Lines of the account looked through at a time: a few pages.
_LINES_AT_ONCE = 500


class Audits:
    """The audits of one process: over the account, as far as the views let a reader know."""

    def __init__(self, views: Views, account: Account) -> None:
        self._views, self._account = views, account

    def of(self, reader: Reader) -> ReaderAudit:
        """The audit of a reader."""
        return ReaderAudit(
            reader,
            self._account,
            partial(self._views.scene_of, reader),
            partial(self._views.seal_of, reader),
        )


class ReaderAudit:
    """What one reader may be told, now."""

    def __init__(
        self,
        reader: Reader,
        account: Account,
        scene: Callable[[], AbstractContextManager[Scene]],
        seal: Callable[..., Seal],
    ) -> None:
        self._reader, self._account = reader, account
        self._scene, self._seal = scene, seal

    def disclosures(self, *, cursor: str | None, limit: int) -> Answer:
        """A page of who was shown signals of the reader's agency, newest day first."""
        seal = self._seal("audit disclosures")
        after = opened(seal, cursor)
        with self._scene() as scene:
            lines: list[ShownSignal] = []
            for line in self._lines(scene, None if after is None else tuple(after)):
                if len(lines) == limit:
                    return _page(list(map(_shown_document, lines)), seal.close(*lines[-1].key))
                lines.append(line)
        return _page(list(map(_shown_document, lines)), None)

    def queries(self, *, cursor: str | None, limit: int) -> Answer:
        """A page of who asked for what, newest first; Forbidden to who does not oversee."""
        if not self._reader.oversees:
            raise Forbidden("oversight's alone")
        seal = self._seal("audit queries")
        after = opened(seal, cursor)
        found = self._account.queries(after[0] if after else None, limit + 1)
        has_more = len(found) > limit
        place = seal.close(found[limit - 1].number) if has_more else None
        return _page([_asked_document(asked) for asked in found[:limit]], place)

    def _lines(self, scene: Scene, after: Any) -> Iterator[ShownSignal]:
        """The lines whose signal the reader may know itself, be it taken back meanwhile."""
        while True:
            lines = self._account.disclosures(self._reader.agency, after, _LINES_AT_ONCE)
            stored = scene.store.signals(sorted({line.signal for line in lines}))
            for line in lines:
                signal = stored.get(line.signal)
                if signal is not None and scene.admits(signal.facts.marking):
                    yield line
            if len(lines) < _LINES_AT_ONCE:
                return
            after = lines[-1].key


def _page(items: list[dict[str, Any]], place: str | None) -> Answer:
    """An audit shows nothing of a signal but that there is one, to who may know it already."""
    return Disclosure({"items": items, "next": place}, count=len(items))


def _shown_document(line: ShownSignal) -> dict[str, Any]:
    document = {
        "at": format_moment(midnight(line.day)),
        "agency": line.agency,
        "reader": line.reader,
        "purpose": line.purpose or None,
        # Whose matter it was is not the owner's to know.
        "case": None,
        "rung": line.rung,
        "signal": line.signal,
    }
    if line.until is not None:
        document["until"] = format_moment(midnight(line.until))
    return document


def _asked_document(asked: Asked) -> dict[str, Any]:
    return {
        "at": format_moment(asked.recorded),
        "reader": asked.name,
        "agency": asked.agency,
        "purpose": asked.purpose,
        "case": asked.case,
        "method": asked.method,
        "path": asked.path,
        "status": asked.status,
        "count": asked.count,
    }
