"""Makes the mentions of one report: who and what it names, and what such an agency knows of them.

Promises that refs are m1, m2, ... in the order of the cast, and that a person is written as the
line of work writes: with its identifiers, at its rate of other spellings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fusion.simulate.draw import Draw
from fusion.simulate.people import Milieu, Person, Population, Thing
from fusion.simulate.places import Nation, Place
from fusion.simulate.trades import Trades
from fusion.simulate.work import Line, Part

Mention = dict[str, Any]


class Stage:
    """The mentions of one report while it is made.

    `lead` is the first person, and `facility` the first organisation, where one is handed in. After
    the cast has been called, `repeated` counts the mentions of whom or what some signal had told of
    before.
    """

    __slots__ = (
        "captions", "circle", "draw", "facility", "itself", "lead", "line", "mentions", "milieu",
        "nation", "people", "persons", "place", "repeated", "things", "trades",
    )  # fmt: skip

    def __init__(
        self,
        *,
        draw: Draw,
        people: Population,
        trades: Trades,
        line: Line,
        circle: str,
        milieu: Milieu,
        nation: Nation | None,
        lead: Person | None,
        facility: Thing | None,
        itself: Thing | None,
    ) -> None:
        self.draw = draw
        self.people = people
        self.trades = trades
        self.line = line
        self.circle = circle
        self.milieu = milieu
        self.place = milieu.place
        # The country that the report is about; None until the first person has said which.
        self.nation = nation
        self.lead = lead
        self.facility = facility
        self.itself = itself
        self.mentions: list[Mention] = []
        self.captions: dict[str, str] = {}
        # What each ref stands for: a person or a thing.
        self.persons: list[Person | None] = []
        self.things: list[Thing | None] = []
        self.repeated = 0

    def call(self, part: Part) -> None:
        """Makes one mention."""
        make = _MAKERS.get(part.what)
        if make is not None:
            make(self, part)
        else:
            _organisation(self, part.what)

    def add_person(self, person: Person, properties: dict[str, list[str]], role: str) -> None:
        ref = f"m{len(self.mentions) + 1}"
        mention: Mention = {"ref": ref, "schema": "Person", "properties": properties}
        if role:
            mention["role"] = role
        self.mentions.append(mention)
        self.captions[ref] = properties["name"][0]
        self.persons.append(person)
        self.things.append(None)
        if self.nation is None:
            self.nation = person.nation
        if person.is_told:
            self.repeated += 1
        else:
            person.is_told = True

    def add_thing(self, thing: Thing) -> None:
        ref = f"m{len(self.mentions) + 1}"
        self.mentions.append({"ref": ref, "schema": thing.schema, "properties": thing.properties})
        self.captions[ref] = thing.caption
        self.persons.append(None)
        self.things.append(thing)
        if thing.is_told:
            self.repeated += 1
        else:
            thing.is_told = True

    def owner(self, part: Part) -> Person | None:
        """The person of whom a part is told."""
        return self.persons[part.of - 1] if part.of else None

    def organisation(self, kind: str) -> Thing:
        """One of a kind: the publisher itself, where it is of that kind."""
        if self.itself is not None and self.line.itself == kind:
            return self.itself
        return self.trades.organisation(kind, self.there())

    def there(self) -> Nation:
        """The country that the report is about."""
        return self.nation or self.place.nation


# ------------------------------------------------------------------------------------- people


def _person(stage: Stage, part: Part) -> None:
    stage.add_person(*_described(stage, _who(stage)), part.role)


def _relative(stage: Stage, part: Part) -> None:
    person = stage.people.relative(stage.circle, _required(stage, part))
    stage.add_person(*_described(stage, person), part.role)


def _voice(stage: Stage, part: Part) -> None:
    """Somebody heard: a given name is all that is known."""
    person = _who(stage)
    stage.add_person(person, {"name": [person.name.given.usual]}, part.role)


def _who(stage: Stage) -> Person:
    if stage.lead is not None:
        lead, stage.lead = stage.lead, None
        return lead
    return stage.people.person(stage.circle, stage.milieu)


def _described(stage: Stage, person: Person) -> tuple[Person, dict[str, list[str]]]:
    draw, line = stage.draw, stage.line
    is_respelt = draw.unit() < line.spelling
    properties = {"name": [person.name.respelt(draw) if is_respelt else person.name.usual]}
    for known, share in line.knows:
        if share >= 1.0 or draw.unit() < share:
            _KNOWN[known](stage, person, properties)
    return person, properties


def _required(stage: Stage, part: Part) -> Person:
    person = stage.owner(part)
    if person is None:
        raise ValueError(f"{part.what}: m{part.of} is no person")
    return person


# What may be known of a person

Properties = dict[str, list[str]]


def _birth_date(_stage: Stage, person: Person, properties: Properties) -> None:
    properties["birthDate"] = [person.birth_date]


def _birth_year(_stage: Stage, person: Person, properties: Properties) -> None:
    properties["birthDate"] = [person.birth_date[:4]]


def _passport_number(stage: Stage, person: Person, properties: Properties) -> None:
    properties["passportNumber"] = [stage.people.passport(person).caption]
    properties["nationality"] = [person.nation.code]


def _nationality(_stage: Stage, person: Person, properties: Properties) -> None:
    properties["nationality"] = [person.nation.code]


def _known_phone(stage: Stage, person: Person, properties: Properties) -> None:
    properties["phone"] = [stage.people.phone(person).caption]


def _known_address(stage: Stage, person: Person, properties: Properties) -> None:
    properties["address"] = [stage.people.dwelling(person).caption]


def _known_licence(stage: Stage, person: Person, properties: Properties) -> None:
    properties["idNumber"] = [stage.people.licence(person)]
    properties["country"] = [stage.place.nation.code]


def _alias(stage: Stage, person: Person, properties: Properties) -> None:
    alias = person.name.respelt(stage.draw)
    if alias not in properties["name"]:
        properties["alias"] = [alias]


def _script(_stage: Stage, person: Person, properties: Properties) -> None:
    script = person.name.script()
    if script:
        properties["name"] = [*properties["name"], script]


_KNOWN: Mapping[str, Callable[[Stage, Person, Properties], None]] = {
    "birthDate": _birth_date,
    "birthYear": _birth_year,
    "passportNumber": _passport_number,
    "nationality": _nationality,
    "phone": _known_phone,
    "address": _known_address,
    "licence": _known_licence,
    "alias": _alias,
    "script": _script,
}


# ------------------------------------------------------------------------------------- things


def _passport(stage: Stage, part: Part) -> None:
    stage.add_thing(stage.people.passport(_required(stage, part)))


def _phone(stage: Stage, part: Part) -> None:
    owner = stage.owner(part)
    if owner is None:
        place = Place(stage.there(), "", 0)
        stage.add_thing(stage.people.stray_phone(stage.circle, place))
    else:
        stage.add_thing(stage.people.phone(owner))


def _account(stage: Stage, part: Part) -> None:
    owner = stage.owner(part)

    def bank() -> Thing:
        return stage.organisation("bank")

    if owner is None:
        stage.add_thing(stage.people.stray_account(stage.circle, bank))
    else:
        stage.add_thing(stage.people.account(owner, bank))


def _mailbox(stage: Stage, part: Part) -> None:
    owner = stage.owner(part)
    people = stage.people
    stage.add_thing(people.stray_mailbox() if owner is None else people.mailbox(owner))


def _address(stage: Stage, part: Part) -> None:
    stage.add_thing(stage.people.dwelling(_required(stage, part)))


def _lodging(stage: Stage, _part: Part) -> None:
    stage.add_thing(stage.people.lodging(stage.place))


def _car(stage: Stage, part: Part) -> None:
    stage.add_thing(stage.people.car(_required(stage, part)))


def _vessel(stage: Stage, _part: Part) -> None:
    stage.add_thing(stage.trades.vessel(stage.people.nation()))


def _plane(stage: Stage, _part: Part) -> None:
    stage.add_thing(stage.trades.plane())


def _town(stage: Stage, _part: Part) -> None:
    stage.add_thing(stage.trades.town_of(stage.place))


def _abroad(stage: Stage, _part: Part) -> None:
    """A town of the country that the report is about, or of another if that is its own."""
    nation = stage.there()
    if nation is stage.place.nation:
        nation = stage.people.nation()
    stage.add_thing(stage.trades.town(nation, stage.draw.one(nation.towns)))


def _bank(stage: Stage, part: Part) -> None:
    """A bank; `bank m2`: the one that keeps the account m2."""
    account = stage.things[part.of - 1] if part.of else None
    bank = None if account is None else stage.trades.bank_of(account)
    stage.add_thing(bank or stage.organisation("bank"))


def _organisation(stage: Stage, kind: str) -> None:
    """One of a kind; the facility, where one is handed in."""
    facility = None
    if stage.trades.is_of_bodies(kind):
        facility, stage.facility = stage.facility, None
    stage.add_thing(facility or stage.organisation(kind))


_MAKERS: Mapping[str, Callable[[Stage, Part], None]] = {
    "person": _person,
    "relative": _relative,
    "voice": _voice,
    "passport": _passport,
    "phone": _phone,
    "account": _account,
    "mailbox": _mailbox,
    "address": _address,
    "lodging": _lodging,
    "car": _car,
    "vessel": _vessel,
    "plane": _plane,
    "town": _town,
    "abroad": _abroad,
    "bank": _bank,
}

# What can be mentioned beside the kinds of organisations, and whether it is always somebody's.
PARTS = {what: what in {"relative", "passport", "address", "car"} for what in _MAKERS}
# What an agency may know of a person.
KNOWN = frozenset(_KNOWN)
