"""The verdict: what came of a run, in about fifteen lines that a newcomer understands.

Every figure in it was told by the service or counted in this run; what it claims is "would have
raised". It says what the run can't show: how the scenario's rows were chosen, whose the markings
are, and that the stream around them is made up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fusion.cli.demonstration.promise import Promise
from fusion.cli.demonstration.reckoning import Kept, Reckoning, Span
from fusion.cli.demonstration.scenario import day_stated
from fusion.cli.demonstration.told import (
    Explanation,
    Foresight,
    Telling,
    is_synthetic,
    subject_of,
)
from fusion.domain.clock import day_of, format_day
from fusion.domain.ids import agency_of

# Bits are told to a tenth; what is less than half of one is no difference that anybody sees.
_SAME_BITS = 0.05
# A share that is shown as no per cent is left out, with what it stands for.
_SHOWN_SHARE = 0.005


def verdict(reckoning: Reckoning) -> Iterator[RenderableType]:
    """Its parts, from the top."""
    if reckoning.main is not None:
        yield from _main_alert(reckoning, reckoning.main)
    for each in reckoning.scenario.promises:
        yield _promise(reckoning, each)
    yield from _others(reckoning)
    caveat = reckoning.scenario.caveat or reckoning.scenario.statement
    yield Text(f"{caveat} The ordinary signals around them are synthetic.", "dim")


# --- the main alert


def _main_alert(reckoning: Reckoning, kept: Kept) -> Iterator[RenderableType]:
    told, why = kept.told, kept.told.explanation
    assert why is not None, "what kept a promise was explained"
    yield Text.assemble(
        f"On {_day(told)}, {_lead_time(reckoning, told)}, fusion would have raised, for "
        f"{told.reader}: ",
        (told.said["title"], "bold red"),
    )
    yield _holders(why)
    yield Text(_alone(told.said, why))
    if told.foresight is not None:
        yield Text(_foreseen(told, told.foresight))
    yield Text(_told_to(reckoning, kept.matter))
    yield Text(_pointed_to(reckoning, kept.matter))
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
        pieces = [piece for piece in why.pieces if piece.office == office]
        counted = [piece for piece in pieces if piece.bits > 0]
        held = "; ".join(piece.text for piece in counted or pieces)
        bits = sum(piece.bits for piece in counted)
        if counted or share >= _SHOWN_SHARE:
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


def _foreseen(told: Telling, foresight: Foresight) -> str:
    """When the fragments would have crossed the line at the earliest, and who could have known."""
    if foresight.day is None:
        earliest = "By themselves these fragments never cross the line"
    elif foresight.day == _day(told):
        earliest = "No earlier day would have had the fragments for it"
    else:
        earliest = f"Shared when reported, these fragments cross the line on {foresight.day}"
    agencies = _listed(list(foresight.agencies))
    posts = f", and so these posts: {_listed(list(foresight.posts))}" if foresight.posts else ""
    return f"{earliest}; by their markings all of them could have been told to {agencies}{posts}."


def _told_to(reckoning: Reckoning, matter: int) -> str:
    """Who was told, and when first."""
    readers = [reading.name for reading in reckoning.scenario.readers]
    first = {name: reckoning.first.get((matter, name)) for name in readers}
    told = sorted((each for each in first.values() if each), key=lambda each: each.at)
    parts = [
        f"{each.reader} ({_rung(each.said)}) {_spans(reckoning.spans[matter, each.reader])}"
        for each in told
    ]
    never = [name for name, each in first.items() if each is None]
    return f"Told of it: {'; '.join(parts)}" + (f"; never {_listed(never)}." if never else ".")


def _pointed_to(reckoning: Reckoning, matter: int) -> str:
    """Whom each reader was pointed to from its own part of the matter, told of it or not."""
    signals = reckoning.signals_of(matter)
    parts = []
    for reading in reckoning.scenario.readers:
        pointed = reckoning.pointed_of(reading.name, signals)
        desks = [f"{each.desk} by {_written(each.by)}" for each in pointed]
        parts.append(f"{reading.name} to {_listed(desks)}")
    return f"Pointed from signals of it: {'; '.join(parts)}."


def _spans(spans: Sequence[Span]) -> str:
    """When an alert stood."""
    return " and ".join(
        f"from {_written(span.since)}" + (f" to {_written(span.until)}" if span.until else "")
        for span in spans
    )


def _lead(reckoning: Reckoning, said: Mapping[str, Any]) -> str:
    """Who leads."""
    lead = said["lead"]
    if lead is None:
        return "Nobody leads: the registry has no mechanism for it."
    names = reckoning.scenario.mechanism_names
    mechanism = names.get(lead["mechanism"], lead["mechanism"])
    by = said["acknowledge_by"][:16].replace("T", " ")
    return f"Leads: {lead['title']} ({mechanism}), to acknowledge by {by} UTC."


def _table(reckoning: Reckoning, said: Mapping[str, Any], why: Explanation) -> str:
    """Who must be at the table, and who would sit there in vain."""
    core, auxiliary = said["participants"]["core"], said["participants"]["auxiliary"]
    unmoved = [each for each in (*core, *auxiliary) if _is_unmoved(each, why)]
    needed = [each for each in core if each not in unmoved]
    useful = [each for each in auxiliary if each not in unmoved]
    idle = _idle(reckoning, said)
    help_too = f"; {_listed(useful)} can help" if useful else ""
    vain = []
    if unmoved:
        vain.append(f"{_listed(unmoved)}, without whom it weighs the same")
    if idle:
        vain.append(f"{_listed(idle)}, of the mechanism, who hold nothing of it")
    in_vain = "; ".join(vain) or "nobody"
    return f"At the table must be {_listed(needed)}{help_too}. In vain would sit there: {in_vain}."


def _idle(reckoning: Reckoning, said: Mapping[str, Any]) -> list[str]:
    """Members of the leading mechanism who hold nothing of the alert, its lead's agency apart."""
    if said["lead"] is None:
        return []
    members = reckoning.scenario.mechanism_members.get(said["lead"]["mechanism"], ())
    there = {agency for part in said["participants"].values() for agency in part}
    return [each for each in members if each not in {*there, agency_of(said["lead"]["post"])}]


def _is_unmoved(agency: str, why: Explanation) -> bool:
    """Whether the alert weighs the same without an agency."""
    return abs(why.without.get(agency, why.bits) - why.bits) < _SAME_BITS


# --- the promises


def _promise(reckoning: Reckoning, promise: Promise) -> Text:
    broken = {each.name: why for each, why in reckoning.broken()}
    if promise.name in broken:
        return Text.assemble(("✗ ", "bold red"), f"{promise.says}: no; {broken[promise.name]}.")
    if promise.parting is not None:
        how = _parted(reckoning, promise)
    elif reckoning.kept[promise.name] is reckoning.main:
        how = "the alert above"
    else:
        how = _raised(reckoning, reckoning.kept[promise.name].told)
    return Text.assemble(("✓ ", "bold green"), f"{promise.says}: {how}.")


def _raised(reckoning: Reckoning, told: Telling) -> str:
    why = told.explanation
    assert why is not None, "what kept a promise was explained"
    offices = sorted({piece.office.removeprefix("/") for piece in why.own})
    return (
        f"would have been raised on {_day(told)}, {_lead_time(reckoning, told)}, for"
        f" {told.reader}, by {told.said['pattern']}, at {why.bits:.1f} bits of the"
        f" {why.threshold:.1f} that it takes{_made_up(why)}, held by {_listed(offices)}"
    )


def _made_up(why: Explanation) -> str:
    """How much of an alert's evidence is not the scenario's."""
    bits = sum(piece.bits for piece in why.counted) - why.own_bits
    return f" ({bits:.1f} of its evidence synthetic)" if bits >= _SAME_BITS else ""


def _parted(reckoning: Reckoning, promise: Promise) -> str:
    """Who saw them as one and then as two, and by what."""
    seen = reckoning.partings[promise.name]
    kept = {reader: parting for reader, parting in seen.items() if parting.is_kept}
    by_claim = all(parting.is_joined_by_claim for parting in kept.values())
    by_denial = all(parting.is_parted_by_denial for parting in kept.values())
    joined = "by what was claimed" if by_claim else "not by the claim but by a judgement on it"
    parted = "the denial came" if by_denial else "the denial came and was judged on"
    still = [r for r, parting in seen.items() if parting.were_one and not parting.are_two]
    and_not = f"; still one for {_listed(still)}" if still else ""
    return f"for {_listed(list(kept))} they were one, {joined}, and two once {parted}{and_not}"


# --- the price


def _others(reckoning: Reckoning) -> Iterator[Text]:
    """The price: alerts that rest on nothing but ordinary times; and what nothing promised."""
    priced, months = reckoning.priced(), _months(reckoning)
    readers = Counter(name for told in priced.values() for name in {each.reader for each in told})
    counted = ", ".join(f"{reader} {count}" for reader, count in sorted(readers.items()))
    by_reader = f"; by reader: {counted}" if counted else ""
    yield Text(
        f"The price: {len(priced)} other {'alert' if len(priced) == 1 else 'alerts'} that rested"
        f" mostly on synthetic signals, {len(priced) / months:.2f} a month ({months} months,"
        f" {reckoning.ordinary} signals{by_reader})."
    )
    yield Text(_pointers(reckoning))
    unpromised = reckoning.unpromised()
    if unpromised:
        named = "; ".join(
            f"{told.said['pattern']}, {subject_of(told.said['title'])}" for told in unpromised
        )
        yield Text(f"Raised too, and not promised: {named}.", "dim")


def _pointers(reckoning: Reckoning) -> str:
    """How many pointers each reader had to look at, and how many of them are of the scenario."""
    counted = []
    for reading in reckoning.scenario.readers:
        mine = [each for each in reckoning.pointed if each.reader == reading.name]
        own = sum(not is_synthetic(each.signal) for each in mine)
        counted.append(f"{reading.name} {len(mine)} ({own} from the scenario's signals)")
    return f"Pointers, each a desk to call about one fact: {', '.join(counted)}."


def _months(reckoning: Reckoning) -> int:
    """How many calendar months the run went through."""
    first, last = (day_stated(reckoning.scenario.signals[place]) for place in (0, -1))
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:7]) - int(first[5:7]) + 1


# --- words


def _day(told: Telling) -> str:
    return _written(told.at)


def _written(moment: int) -> str:
    return format_day(day_of(moment))


def _lead_time(reckoning: Reckoning, told: Telling) -> str:
    """How long before the event."""
    event = reckoning.scenario.event_day
    days = event - day_of(told.at)
    if days == 0:
        return "on the day itself"
    side = "before" if days > 0 else "after"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {side} {format_day(event)}"


def _rung(said: Mapping[str, Any]) -> str:
    return "from tear-lines" if said["rung"] == "tearline" else "in full"


def _listed(words: list[str]) -> str:
    *most, last = words or ["nobody"]
    return f"{', '.join(most)} and {last}" if most else last
