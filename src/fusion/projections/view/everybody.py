"""Who may know everything: nobody, but whoever already holds the files themselves.

Used offline, where the owner of a file asks what it says, and by the operator who compares two
stores. No reader of the service is ever given it.
"""

from __future__ import annotations

from fusion.domain.marking import Knowledge, NormalForm

# What it is called beside the classes of readers.
EVERYBODY = "everybody"


class Everybody(Knowledge):
    """Admits to every marking, unreadable ones included."""

    def admits(self, _marking: NormalForm) -> bool:
        return True
