"""The verdict: what came of a run, in about fifteen lines that a newcomer understands.

Every figure in it was told by the service or counted in this run; what it claims is "would have
raised". It says what the run can't show: how the scenario's rows were chosen, whose the markings
are, and that the stream around them is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fusion.cli.demonstration.promise import Promise
from fusion.cli.demonstration.reckoning import Kept, Reckoning
from fusion.cli.demonstration.told import Explanation, Telling
from fusion.domain.clock import day_of, format_day

# Bits are told to a tenth; what is less than half of one is no difference that anybody sees.
_SAME_BITS = 0.05


def verdict(reckoning: Reckoning) -> Iterator[RenderableType]:
    """Its parts, from the top."""
    if reckoning.main is not None:
        promise, kept = reckoning.main
        yield from _main_alert(reckoning, promise, kept)
    for each in reckoning.scenario.promises:
        yield _promise(reckoning, each)
    yield from _others(reckoning)
    yield Text(
        f"{reckoning.scenario.statement} The ordinary signals around them are synthetic.", "dim"
    )


# --- the main alert


def _main_alert(reckoning: Reckoning, promise: Promise, kept: Kept) -> Iterator[RenderableType]:
    told, why = kept.told, kept.told.explanation
    assert why is not None, "what kept a promise was explained"
    yield Text.assemble(
        f"On {_day(told)}, {_lead_time(reckoning, told)}, fusion would have raised, for "
        f"{told.reader}: ",
        (told.said["title"], "bold red"),
    )
    yield _holders(why)
    yield Text(_alone(told.said, why))
    yield Text(_told_to(reckoning, kept.matter))
    yield Text(_lead(reckoning, told.said))
    yield Text(_table(reckoning, told.said, why))


def _holders(why: Explanation) -> Table:
    """Who held what: each office's evidence in bits, and its share of the whole."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, expand=True)
    table.add_column("  held by", no_wrap=True, style="cyan")
    table.add_column("what it held", ratio=1, no_wrap=True, overflow="ellipsis")
    for heading in ("bits", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    for office, share in sorted(why.shares.items(), key=lambda each: (-each[1], each[0])):
        pieces = [piece for piece in why.counted if piece.office == office]
        if pieces:
            held = "; ".join(piece.text for piece in pieces)
            bits = sum(piece.bits for piece in pieces)
            table.add_row(f"  {office.removeprefix('/')}", held, f"{bits:.1f}", f"{share:.0%}")
    return table


def _alone(said: Mapping[str, Any], why: Explanation) -> str:
    """What each agency could see alone, and what they see together."""
    agencies = {holder: bits for holder, bits in why.alone.items() if "/" not in holder}
    ordered = sorted(agencies.items(), key=lambda each: (-each[1], each[0]))
    alone = ", ".join(f"{agency} {bits:.1f}" for agency, bits in ordered)
    able = [agency for agency, bits in ordered if bits >= why.threshold]
    seen = f"{', '.join(able)} could have seen it alone" if able else "none of them sees it alone"
    return (
        f"Alone, of the {why.threshold:.1f} bits that it takes: {alone}: {seen}. Together"
        f" {why.bits:.1f}, {said['gain_bits']:.1f} more than the best of them."
    )


def _told_to(reckoning: Reckoning, matter: int) -> str:
    """Who was told, and when first."""
    readers = [reading.name for reading in reckoning.scenario.readers]
    first = {name: reckoning.first.get((matter, name)) for name in readers}
    told = sorted((each for each in first.values() if each), key=lambda each: each.at)
    parts = [f"{each.reader} on {_day(each)} ({_rung(each.said)})" for each in told]
    never = [name for name, each in first.items() if each is None]
    return f"Told of it: {', '.join(parts)}" + (f"; never: {', '.join(never)}." if never else ".")


def _lead(reckoning: Reckoning, said: Mapping[str, Any]) -> str:
    """Who leads."""
    lead = said["lead"]
    if lead is None:
        return "Nobody leads: the registry has no mechanism for it."
    names = reckoning.scenario.mechanism_names
    also = [names.get(each, each) for each in lead["also"]]
    told_too = f"; {', '.join(also)} is told too" if also else ""
    return (
        f"Leads: {lead['title']}, for the {names.get(lead['mechanism'], lead['mechanism'])}, to"
        f" acknowledge by {said['acknowledge_by'][:16].replace('T', ' ')} UTC{told_too}."
    )


def _table(reckoning: Reckoning, said: Mapping[str, Any], why: Explanation) -> str:
    """Who must be at the table, and who would sit there in vain."""
    core, auxiliary = said["participants"]["core"], said["participants"]["auxiliary"]
    lead = said["lead"] or {"mechanism": ""}
    members = reckoning.scenario.mechanism_members.get(lead["mechanism"], ())
    unmoved = [each for each in (*core, *auxiliary) if _is_unmoved(each, why)]
    idle = [each for each in members if each not in core and each not in auxiliary]
    parts = [f"At the table must be {_listed(core)}"]
    if auxiliary:
        parts.append(f"{_listed(auxiliary)} may help")
    vain = []
    if unmoved:
        vain.append(f"{_listed(unmoved)}, without whom it weighs the same")
    if idle:
        vain.append(f"{_listed(idle)}, who belong to the mechanism and hold nothing of it")
    parts.append(f"in vain would sit there {'; '.join(vain)}" if vain else "nobody in vain")
    return "; ".join(parts) + "."


def _is_unmoved(agency: str, why: Explanation) -> bool:
    """Whether the alert weighs the same without an agency."""
    return abs(why.without.get(agency, why.bits) - why.bits) < _SAME_BITS


# --- the promises


def _promise(reckoning: Reckoning, promise: Promise) -> Text:
    broken = {each.name: why for each, why in reckoning.broken()}
    if promise.name in broken:
        return Text.assemble(("✗ ", "bold red"), f"{promise.says}: {broken[promise.name]}.")
    if promise.parting is not None:
        how = _parted(reckoning, promise)
    else:
        how = _raised(reckoning, reckoning.kept[promise.name].told)
    return Text.assemble(("✓ ", "bold green"), f"{promise.says}: {how}.")


def _raised(reckoning: Reckoning, told: Telling) -> str:
    why = told.explanation
    assert why is not None, "what kept a promise was explained"
    offices = sorted({piece.office for piece in why.own})
    made_up = sum(piece.bits for piece in why.counted) - why.own_bits
    synthetic = f", of which {made_up:.1f} are synthetic" if made_up >= _SAME_BITS else ""
    return (
        f"would have been raised on {_day(told)}, {_lead_time(reckoning, told)}, for"
        f" {told.reader}, by {told.said['pattern']}, {why.bits:.1f} bits of {why.threshold:.1f}"
        f" needed{synthetic}; held by {_listed([each.removeprefix('/') for each in offices])}"
    )


def _parted(reckoning: Reckoning, promise: Promise) -> str:
    seen = reckoning.partings[promise.name]
    kept = [reader for reader, parting in seen.items() if parting.is_kept]
    still = [r for r, parting in seen.items() if parting.were_one and not parting.are_two]
    and_not = f"; still one for {_listed(still)}, who may not know the denial" if still else ""
    return f"{_listed(kept)} saw one, and then two with all their own mentions{and_not}"


# --- the price


def _others(reckoning: Reckoning) -> Iterator[Text]:
    """The price: alerts that rest on nothing but ordinary times; and what nothing promised."""
    priced = reckoning.priced()
    months = _months(reckoning)
    per_reader = {reading.name: 0 for reading in reckoning.scenario.readers}
    for tellings in priced.values():
        for reader in {each.reader for each in tellings}:
            per_reader[reader] += 1
    counted = ", ".join(f"{reader} {count}" for reader, count in per_reader.items())
    yield Text(
        f"The price: {len(priced)} other alert{'' if len(priced) == 1 else 's'} that rested mostly on"
        f" synthetic signals, in {months} months among {reckoning.ordinary} of them"
        f" ({len(priced) / months:.2f} a month; by reader: {counted})."
    )
    unpromised = reckoning.unpromised()
    if unpromised:
        titles = "; ".join(unpromised.values())
        yield Text(f"Raised too, on the scenario's own signals, and not promised: {titles}.", "dim")


def _months(reckoning: Reckoning) -> int:
    """How many calendar months the run went through."""
    first, last = (reckoning.scenario.signals[place]["time"] for place in (0, -1))
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:7]) - int(first[5:7]) + 1


# --- words


def _day(told: Telling) -> str:
    return format_day(day_of(told.at))


def _lead_time(reckoning: Reckoning, told: Telling) -> str:
    """How long before the event."""
    event = reckoning.scenario.event_day
    days = event - day_of(told.at)
    if days == 0:
        return "on the day itself"
    side = "before" if days > 0 else "after"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {side} {format_day(event)}"


def _rung(said: Mapping[str, Any]) -> str:
    return {"full": "in full", "tearline": "from tear-lines"}.get(said["rung"], said["rung"])


def _listed(words: list[str]) -> str:
    return ", ".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"
