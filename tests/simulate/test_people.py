from __future__ import annotations

from fusion.simulate.draw import Draw, Weighted
from fusion.simulate.names import load_cultures
from fusion.simulate.people import Milieu, Person, Population
from fusion.simulate.places import load_places


def milieu(*, settled: float = 0.8) -> Milieu:
    place = load_places().of_source("/fbi", home="us")
    cultures = load_cultures().by_slug
    mix = Weighted([(cultures["american"], 2.0), (cultures["hispanic"], 1.0)])
    return Milieu(place, mix, settled, "us")


def population(*, again: float = 0.3) -> Population:
    return Population(Draw(1), load_places(), year=2000, again=again)


def met(people: Population, count: int, *, settled: float = 0.8) -> list[Person]:
    around = milieu(settled=settled)
    return [people.person("fbi", around) for _ in range(count)]


def test_people_come_back_at_the_given_rate() -> None:
    found = met(population(), 4000)
    new = len({id(person) for person in found})
    assert 0.65 < new / len(found) < 0.75


def test_a_bounded_number_of_people_is_remembered() -> None:
    people = population()
    met(people, 4000)
    assert len(people._circles["fbi"]) == 512


def test_a_relative_shares_family_name_dwelling_and_telephone() -> None:
    people = population()
    person = met(people, 1)[0]
    relative = people.relative("fbi", person)
    assert relative.name.family is person.name.family
    assert people.phone(relative) is people.phone(person)
    assert people.dwelling(relative) is people.dwelling(person)
    assert people.passport(relative) is not people.passport(person)


def test_what_belongs_to_a_person_stays() -> None:
    people = population()
    person = met(people, 1)[0]
    assert people.passport(person) is people.passport(person)
    assert people.licence(person) == people.licence(person)
    assert people.car(person) is people.car(person)


def test_a_few_numbers_pass_to_another_household() -> None:
    people = population(again=0.0)
    holders: dict[str, set[int]] = {}
    for person in met(people, 3000):
        number = people.phone(person).caption
        holders.setdefault(number, set()).add(id(person.household))
    shared = [number for number, households in holders.items() if len(households) > 1]
    assert 0 < len(shared) < 0.1 * len(holders)


def test_strangers_are_of_no_agency_s_own_country() -> None:
    people = population(again=0.0)
    assert all(person.nation.code != "us" for person in met(people, 500, settled=0.0))


def test_settled_people_live_where_the_office_is() -> None:
    people = population(again=0.0)
    found = met(people, 500)
    assert {person.household.place.town for person in found} == {"New York"}
    own = sum(person.nation.code == "us" for person in found)
    assert own > 0.75 * len(found)


def test_everybody_is_of_age_when_the_world_begins() -> None:
    years = [int(person.birth_date[:4]) for person in met(population(), 2000)]
    assert min(years) > 1920
    assert max(years) <= 1982
