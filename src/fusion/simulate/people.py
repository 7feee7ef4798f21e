"""Ordinary people, and what belongs to them: passports, telephones, accounts, dwellings, cars.

Promises that one person's identifiers are the same whoever reports them, and that some people come
back, in the reports of one agency mostly. Households share a telephone and a dwelling, and a few
numbers pass to somebody else. Remembers a bounded number of people, however many it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion.simulate.draw import Draw, Weighted
from fusion.simulate.names import Culture, Name
from fusion.simulate.places import Nation, Place, Places, Shape

# How many people each agency's reports may come back to: bounds memory, and is far more than an
# agency's reports of a year name at twenty ordinary signals for each one of a scenario.
_REMEMBERED = 512
# People seldom turn up in two agencies' reports, as a visa's holder does at the border.
_FROM_ANOTHER_CIRCLE = 0.1
# One in five new people lives with somebody who is known already.
_JOINS_A_HOUSEHOLD = 0.2
# Telephone companies give a number out again after a while: a few new numbers were somebody's.
_RECYCLED_NUMBER = 0.03
# Hotels, call shops and dormitories: numbers and dwellings that strangers share.
_PUBLIC_NUMBER = 0.02
_PUBLIC_DWELLING = 0.03
_PUBLIC_PLACES = 8

_MODELS = ("Corolla", "Camry", "Taurus", "Civic", "Accord", "Golf", "Astra", "Escort", "Sentra")
_MAILERS = ("mail.example", "post.example", "net.example")


class Thing:
    """What a mention says of something that is not a person: it never changes.

    `is_told` says whether some signal has mentioned it already.
    """

    __slots__ = ("caption", "is_told", "properties", "schema")

    def __init__(self, schema: str, caption: str, **properties: str) -> None:
        self.schema = schema
        self.caption = caption
        self.properties = {name: [value] for name, value in properties.items()}
        self.is_told = False


class Household:
    """People under one roof: their family name, dwelling and telephone."""

    __slots__ = ("dwelling", "name", "phone", "place")

    def __init__(self, name: Name, place: Place) -> None:
        self.name = name
        self.place = place
        self.dwelling: Thing | None = None
        self.phone: Thing | None = None


class Person:
    """Somebody; what belongs to a person is made when it is first told of."""

    __slots__ = (
        "account", "birth_date", "car", "culture", "household", "is_told", "licence", "mailbox",
        "mention", "name", "nation", "passport",
    )  # fmt: skip

    def __init__(
        self, name: Name, culture: Culture, nation: Nation, birth_date: str, household: Household
    ) -> None:
        self.name = name
        self.culture = culture
        self.nation = nation
        self.birth_date = birth_date
        self.household = household
        self.passport: Thing | None = None
        self.account: Thing | None = None
        self.car: Thing | None = None
        self.mailbox: Thing | None = None
        self.licence = ""
        self.is_told = False
        # The name of the last mention of this person, for claims that a later one is the same.
        self.mention = ""


@dataclass(frozen=True, slots=True)
class Milieu:
    """Whom an office meets: people of which cultures, around which place.

    `settled` is the share who belong to the country of the place, whatever their names; where there
    is such a share, all live there. Without one all are strangers: nobody belongs to `own`, the
    agency's country.
    """

    place: Place
    cultures: Weighted[Culture]
    settled: float
    own: str


class Population:
    """The people of one simulated world.

    `year` is when it begins, `again` how often a report comes back to somebody.
    """

    def __init__(self, draw: Draw, places: Places, *, year: int, again: float) -> None:
        self._draw = draw
        self._places = places
        self._year = year
        self._again = again
        self._nations = list(places.nations.values())
        self._circles: dict[str, list[Person]] = {}
        self._circle_names: list[str] = []
        self._public: dict[tuple[str, str], list[Thing]] = {}

    # People

    def person(self, circle: str, milieu: Milieu) -> Person:
        """Somebody whom an agency (its `circle`) tells of, known to it or new."""
        known = self._circles.get(circle)
        if known and self._draw.unit() < self._again:
            return self._known(known)
        person = self._new(milieu, known)
        self.remember(circle, person)
        return person

    def relative(self, circle: str, person: Person) -> Person:
        """Somebody of the same household, new."""
        draw = self._draw
        name = person.culture.name(draw, family=person.name.family)
        relative = Person(name, person.culture, person.nation, self._birth_date(), person.household)
        self.remember(circle, relative)
        return relative

    def named(self, name: Name, culture: Culture, milieu: Milieu) -> Person:
        """Somebody new of a given name."""
        nation = self._nation(culture, milieu)
        home = Household(name, self._home(nation, milieu))
        return Person(name, culture, nation, self._birth_date(), home)

    def remember(self, circle: str, person: Person) -> None:
        """Lets a person come back in an agency's reports, in somebody's stead if there are many."""
        known = self._circles.get(circle)
        if known is None:
            known = self._circles[circle] = []
            self._circle_names.append(circle)
        if len(known) < _REMEMBERED:
            known.append(person)
        else:
            known[self._draw.below(_REMEMBERED)] = person

    def _known(self, known: list[Person]) -> Person:
        draw = self._draw
        if draw.unit() < _FROM_ANOTHER_CIRCLE:
            known = self._circles[draw.one(self._circle_names)]
        return draw.one(known)

    def _new(self, milieu: Milieu, known: list[Person] | None) -> Person:
        draw = self._draw
        if known and draw.unit() < _JOINS_A_HOUSEHOLD:
            other = draw.one(known)
            name = other.culture.name(draw, family=other.name.family)
            return Person(name, other.culture, other.nation, self._birth_date(), other.household)
        culture = milieu.cultures.drawn(draw)
        return self.named(culture.name(draw), culture, milieu)

    def _nation(self, culture: Culture, milieu: Milieu) -> Nation:
        draw = self._draw
        nations: Sequence[str] = culture.nations
        if milieu.settled:
            if draw.unit() < milieu.settled:
                return milieu.place.nation
        elif milieu.own in nations:
            nations = [code for code in nations if code != milieu.own] or nations
        return self._places.nations[draw.one(nations)]

    def _home(self, nation: Nation, milieu: Milieu) -> Place:
        if milieu.settled or nation is milieu.place.nation:
            return milieu.place
        return Place(nation, self._draw.one(nation.towns), nation.hours_ahead)

    def _birth_date(self) -> str:
        unit = self._draw.unit
        age = 18 + int(unit() * unit() * 60)
        return f"{self._year - age}-{1 + int(unit() * 12):02d}-{1 + int(unit() * 28):02d}"

    # What belongs to them

    def passport(self, person: Person) -> Thing:
        """The person's passport, of the person's country."""
        if person.passport is None:
            number = self._number(person.nation.passport)
            country = person.nation.code
            person.passport = Thing("Passport", number, passportNumber=number, country=country)
        return person.passport

    def phone(self, person: Person) -> Thing:
        """The telephone of the person's household."""
        home = person.household
        if home.phone is None:
            home.phone = self._phone_of(home)
        return home.phone

    def stray_phone(self, circle: str, place: Place) -> Thing:
        """A number without its subscriber: somebody's known to the agency, or nobody's."""
        known = self._circles.get(circle)
        if known and self._draw.unit() < self._again:
            return self.phone(self._draw.one(known))
        return _phone(self._number(self._draw.one(place.nation.phones)))

    def account(self, person: Person, bank: Callable[[], Thing]) -> Thing:
        """The person's bank account, with what `bank` gives where it is first told of."""
        if person.account is None:
            person.account = self._account(bank())
        return person.account

    def stray_account(self, circle: str, bank: Callable[[], Thing]) -> Thing:
        """An account without its owner: somebody's known to the agency, or nobody's."""
        known = self._circles.get(circle)
        if known and self._draw.unit() < self._again:
            return self.account(self._draw.one(known), bank)
        return self._account(bank())

    def dwelling(self, person: Person) -> Thing:
        """Where the person's household lives."""
        home = person.household
        if home.dwelling is None:
            home.dwelling = self.lodging(home.place)
        return home.dwelling

    def lodging(self, place: Place) -> Thing:
        """A dwelling in a place; sometimes one where strangers stay."""
        if self._draw.unit() < _PUBLIC_DWELLING:
            return self._shared("dwelling", place, self._address)
        return self._address(place)

    def car(self, person: Person) -> Thing:
        """The person's car."""
        if person.car is None:
            draw = self._draw
            nation = person.household.place.nation.code
            plate = f"{_letters(draw)} {draw.digits(4)}"
            person.car = Thing(
                "Vehicle", plate, registrationNumber=plate, model=draw.one(_MODELS), country=nation
            )
        return person.car

    def mailbox(self, person: Person) -> Thing:
        """The person's electronic mail."""
        if person.mailbox is None:
            person.mailbox = self.stray_mailbox()
        return person.mailbox

    def stray_mailbox(self) -> Thing:
        """An address of electronic mail that says nothing of whose it is."""
        draw = self._draw
        address = f"{_letters(draw).lower()}{draw.digits(5)}@{draw.one(_MAILERS)}"
        return Thing("UserAccount", address, email=address)

    def licence(self, person: Person) -> str:
        """The number of the person's driving or pilot's licence."""
        if not person.licence:
            person.licence = f"{_letters(self._draw)}{self._draw.digits(9)}"
        return person.licence

    def nation(self) -> Nation:
        """A country, any."""
        return self._draw.one(self._nations)

    def _phone_of(self, home: Household) -> Thing:
        draw = self._draw
        chance = draw.unit()
        if chance < _RECYCLED_NUMBER:
            given_up = self._given_up()
            if given_up is not None:
                return given_up
        if chance > 1.0 - _PUBLIC_NUMBER:
            return self._shared("phone", home.place, self._public_phone)
        return _phone(self._number(draw.one(home.place.nation.phones)))

    def _given_up(self) -> Thing | None:
        """A number that a household had and gave up; that one gets another when next asked."""
        other = self._draw.one(self._circles[self._draw.one(self._circle_names)])
        phone, other.household.phone = other.household.phone, None
        return phone

    def _public_phone(self, place: Place) -> Thing:
        return _phone(self._number(self._draw.one(place.nation.phones)))

    def _shared(self, kind: str, place: Place, make: Callable[[Place], Thing]) -> Thing:
        shared = self._public.setdefault((kind, place.town), [])
        if len(shared) < _PUBLIC_PLACES:
            shared.append(make(place))
            return shared[-1]
        return self._draw.one(shared)

    def _address(self, place: Place) -> Thing:
        draw = self._draw
        street = f"{1 + draw.below(2400)} {draw.one(self._places.streets)}"
        full = f"{street}, {place.town}"
        return Thing(
            "Address", full, full=full, street=street, city=place.town, country=place.nation.code
        )

    def _account(self, bank: Thing) -> Thing:
        number = self._draw.digits(10)
        return Thing(
            "BankAccount",
            number,
            accountNumber=number,
            bankName=bank.caption,
            country=bank.properties["country"][0],
        )

    def _number(self, shape: Shape) -> str:
        return shape.beginning + self._draw.digits(shape.digits)


def _phone(number: str) -> Thing:
    return Thing("UserAccount", number, phone=number)


def _letters(draw: Draw) -> str:
    """Three capital letters, but I, O and Q, which plates and numbers avoid."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return draw.one(letters) + draw.one(letters) + draw.one(letters)
