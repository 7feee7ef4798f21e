"""What a publisher is told of its own signals, where the contract's tests can't get."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from fusion.api.answers import OwnSignal
from fusion.fusing.store import EventRow
from fusion.projections.view.own_signals import own_signal

UNREADABLE = EventRow(
    number=1,
    source="/river/gauges",
    id="1",
    type="signal.submitted",
    body=b"{",
    since=(1_000_000, "/river/gauges", "1"),
    until=None,
    gone_by=None,
    epoch=0,
    fault="a stored signal can't be read",
    publisher="gauge",
)


def test_a_signal_that_can_not_be_read_is_told_with_its_fault_and_not_looked_at() -> None:
    told = own_signal(UNREADABLE, is_corrected=False)
    assert told["status"] == "quarantined"
    assert told["problem"]["errors"] == [{"pointer": "", "detail": UNREADABLE.fault}]
    Draft202012Validator(OwnSignal.model_json_schema()).validate(told)
