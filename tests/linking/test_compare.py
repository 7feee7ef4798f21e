from __future__ import annotations

import pytest
from hypothesis import given

from fusion.domain.fact import Profile, profile_of
from fusion.domain.far_end import FAR
from fusion.linking.compare import explain, pair_bits, reaches, self_bits
from fusion.linking.features import Features, features_of
from tests.linking.profiles import MODEL, bits, body, features, person, profiles


@given(profiles(), profiles())
def test_bits_are_the_same_either_way_round(one: Profile, other: Profile) -> None:
    a, b = features_of(one, MODEL), features_of(other, MODEL)
    assert pair_bits(a, b, MODEL) == pair_bits(b, a, MODEL)


@given(profiles(), profiles())
def test_an_explanation_sums_to_the_bits(one: Profile, other: Profile) -> None:
    a, b = features_of(one, MODEL), features_of(other, MODEL)
    lines = explain(a, b, MODEL)
    assert sum(line.bits for line in lines) == pair_bits(a, b, MODEL)
    assert all(line.text and line.bits for line in lines)
    assert lines == explain(b, a, MODEL)


@given(profiles(), profiles())
def test_a_pair_never_says_more_than_either_says_of_itself(one: Profile, other: Profile) -> None:
    a, b = features_of(one, MODEL), features_of(other, MODEL)
    assert pair_bits(a, b, MODEL) <= min(self_bits(a, MODEL), self_bits(b, MODEL))


@given(profiles(), profiles())
def test_what_is_found_with_less_work_is_what_all_the_work_finds(
    one: Profile, other: Profile
) -> None:
    a, b = features_of(one, MODEL), features_of(other, MODEL)
    found = pair_bits(a, b, MODEL)
    for bound in (found, found + 1, MODEL.possible, MODEL.same, 0):
        assert reaches(a, b, bound, MODEL) is (found >= bound)


@given(profiles())
def test_equal_content_weighs_what_it_weighs_against_itself(one: Profile) -> None:
    again = profile_of(one.schema, dict(one.properties))
    a, b = features_of(one, MODEL), features_of(again, MODEL)
    assert pair_bits(a, b, MODEL) == pair_bits(a, a, MODEL) == self_bits(b, MODEL)


@pytest.mark.parametrize("name", ["Mohammed Ali", "محمد علي", "Robert Smith", "Kim", "王伟"])
def test_a_common_name_alone_is_nobody_in_particular(name: str) -> None:
    assert self_bits(person(name), MODEL) < MODEL.same


@pytest.mark.parametrize(
    "name",
    ["Zacarias Moussaoui", "Khalid al-Mihdhar", "Usama Bin Ladin", "Mohammed Abdullah al-Ghamdi"],
)
def test_a_rare_full_name_is_somebody(name: str) -> None:
    assert self_bits(person(name), MODEL) >= MODEL.same


def test_a_common_name_and_a_birth_date_are_somebody() -> None:
    one = person("Mohammed Ali", birthDate="1972-05-03")
    other = person("Muhammad Ali", birthDate="1972-05-03")
    assert bits(one, other) >= MODEL.same


def test_new_years_day_is_no_birthday() -> None:
    exact = bits(*[person("Mohammed Ali", birthDate="1972-05-03")] * 2)
    new_year = bits(*[person("Mohammed Ali", birthDate="1972-01-01")] * 2)
    assert new_year < MODEL.same <= exact


def test_a_shared_passport_alone_joins_whatever_the_names_are() -> None:
    one = person("Khalid Sheikh", passportNumber="488555")
    other = person("Fahd Abdullah", passportNumber="488 555")
    assert (
        bits(one, other) < MODEL.same <= bits(*[features("Person", passportNumber="C488555A")] * 2)
    )
    longer = (
        person("Khalid", passportNumber="C4885551"),
        person("Fahd", passportNumber="C4885551"),
    )
    assert bits(*longer) >= MODEL.same


def test_numbers_of_two_issuers_are_two_numbers() -> None:
    one, other = (person("x", passportNumber=f"{issuer}:A1234567") for issuer in ("US", "GB"))
    assert bits(one, other) < MODEL.possible


def test_spellings_of_a_name_agree_and_other_names_do_not() -> None:
    assert bits(person("Khalid al-Mihdhar"), person("Khalid Almihdhar")) >= MODEL.same
    assert bits(person("Usama Bin Ladin"), person("Osama bin Laden")) >= MODEL.possible
    assert bits(person("Mohammed Atta"), person("Ahmed Atta")) < 0


def test_scripts_of_a_name_agree() -> None:
    for native in ("محمد عطا", "Мохаммед Атта"):
        assert bits(person("Mohamed Atta"), person(native)) > 5_000
    assert bits(person("Xi Jinping"), person("习近平")) >= MODEL.same
    assert bits(person("Xiu Ying Zhang"), person("张秀英")) > 5_000


def test_brothers_under_one_roof_are_two() -> None:
    home = {"address": "1304 Poppy Hills Dr, Blacklick, OH 43004", "phone": "512-353-8633"}
    assert bits(person("Nawaf Alhazmi", **home), person("Salem Alhazmi", **home)) < 0
    assert bits(person("Nawaf Alhazmi", **home), person("N Alhazmi", **home)) > MODEL.possible


def test_twins_are_two() -> None:
    one, other = (
        person(f"{given} Kuznetsova", birthDate="1990-05-03", address="9 Elm Rd, Springfield 62701")
        for given in ("Maria", "Irina")
    )
    assert bits(one, other) < MODEL.same


def test_father_and_son_conflict_however_much_they_share() -> None:
    home = {"address": "1450 N City Rd, Arlington, VA 23208", "phone": "202-321-3212"}
    father, son = person("David Dobbins Sr", **home), person("David Dobbins Jr", **home)
    assert bits(father, son) <= MODEL.conflict
    either = bits(father, person("David Dobbins", **home))
    assert MODEL.possible <= either < MODEL.same
    born = {**home, "birthDate": "1954-03-31"}
    older = person("David Dobbins Sr", **born)
    assert bits(older, person("David Dobbins", **born)) >= MODEL.same


def test_a_person_who_died_before_the_other_was_born_conflicts() -> None:
    one = person("Zacarias Moussaoui", deathDate="1950")
    other = person("Zacarias Moussaoui", birthDate="1968-05-30")
    assert bits(one, other) <= MODEL.conflict


def test_dates_swapped_or_slipped_still_speak_for_one_and_others_against() -> None:
    date = person("Robert Smith", birthDate="1978-12-11")
    same = bits(date, person("Robert Smith", birthDate="1978-12-11"))
    swapped = bits(date, person("Robert Smith", birthDate="1978-11-12"))
    slipped = bits(date, person("Robert Smith", birthDate="1979-12-11"))
    other = bits(date, person("Robert Smith", birthDate="1954-03-31"))
    assert same > swapped > slipped > bits(date, person("Robert Smith")) > other


def test_what_only_one_states_says_nothing() -> None:
    bare = person("Zacarias Moussaoui")
    rich = person("Zacarias Moussaoui", phone="+33 1 42 68 53 00", gender="male", nationality="fr")
    assert bits(bare, rich) == bits(bare, bare)


def test_a_weak_alias_weighs_less_than_a_name() -> None:
    name = person("Zacarias Moussaoui")
    weak = features("Person", name="Abu Khalid", weakAlias="Zacarias Moussaoui")
    strong = features("Person", name="Abu Khalid", alias="Zacarias Moussaoui")
    assert bits(name, weak) < bits(name, strong)


def test_a_mailbox_that_spells_the_name_counts_once() -> None:
    def weight(box: str) -> int:
        one = person("Zacarias Moussaoui", email=box)
        lines = explain(one, person("Zacarias M", email=box), MODEL)
        return {line.feature: line.bits for line in lines}["mailboxes"]

    assert weight("zacarias.moussaoui@x.org") < weight("shaqil77@x.org")


def test_an_offices_mailbox_is_nobodys() -> None:
    one = person("Andrew Anderson", email="info@ca-state.gov")
    assert bits(one, person("Anna Jackson", email="info@ca-state.gov")) < 0


def test_branches_of_a_body_are_two_and_one_house_is_one() -> None:
    east = body("Firman Community House East", address="4910 S King Drive, 60615")
    west = body("Firman Community House West", address="37 W 47th Street, 60609")
    assert bits(east, west) <= MODEL.conflict
    assert bits(east, body("Firman House East", address="4910 S. King, 60615")) >= MODEL.same


def test_a_person_is_no_vessel_and_a_legal_entity_may_be_either() -> None:
    assert bits(person("Amoco Cadiz"), features("Vessel", name="Amoco Cadiz")) <= MODEL.conflict
    entity = features("LegalEntity", name="Zacarias Moussaoui")
    assert bits(entity, person("Zacarias Moussaoui")) > MODEL.possible
    assert bits(entity, body("Zacarias Moussaoui")) > MODEL.possible


def test_a_number_alone_is_the_account_itself() -> None:
    one = features("UserAccount", phone="+1 702 919 1300")
    assert bits(one, features("UserAccount", phone="+17029191300")) >= MODEL.same
    assert bits(one, features("UserAccount", phone="+17029191301")) < MODEL.possible


def test_accounts_of_two_numbers_are_two() -> None:
    one = features("BankAccount", iban="DE89 3704 0044 0532 0130 00")
    other = features("BankAccount", iban="DE02 1203 0000 0000 2020 51")
    assert bits(one, other) <= MODEL.conflict
    assert bits(one, features("BankAccount", iban="DE89370400440532013000")) >= MODEL.same


def test_nationality_tells_apart_and_never_joins() -> None:
    one = person("Mohammed Ali", nationality="sa")
    assert bits(one, person("Mohammed Ali", nationality="sa")) == bits(
        *[person("Mohammed Ali")] * 2
    )
    assert bits(one, person("Mohammed Ali", nationality="eg")) < bits(one, one)


def test_no_weight_is_given_to_belief_or_descent() -> None:
    plain = person("Zacarias Moussaoui")
    said = {"ethnicity": "x", "religion": "y", "political": "z"}
    assert bits(plain, person("Zacarias Moussaoui", **said)) == bits(plain, plain)


def test_a_woman_of_another_family_name_is_no_stranger_to_her_given_name() -> None:
    born = {"birthDate": "1964-09-08", "address": "37 Kelleway Avenue, Marleston 6014"}
    miss = person("Sarah Green", firstName="Sarah", lastName="Green", **born)
    married = person("Sarah Clarke", firstName="Sarah", lastName="Clarke", **born)
    sister = person("Jane Green", firstName="Jane", lastName="Green", **born)
    assert bits(miss, married) >= MODEL.same > bits(miss, sister)


def test_a_given_name_here_and_a_family_name_there_say_nothing() -> None:
    given, family = features("Person", firstName="Joshua"), features("Person", lastName="Williams")
    assert bits(given, family) == 0
    assert bits(given, features("Person", firstName="Oliver")) < 0


def test_a_name_mistyped_twice_is_not_another_name() -> None:
    twice = bits(person("Bernadette Feruson"), person("Bernadette Feregson"))
    other = bits(person("Bernadette Feruson"), person("Bernadette Okonkwo"))
    assert bits(person("Bernadette"), person("Bernadette")) == twice > other


def test_two_known_names_are_two_however_near() -> None:
    near = bits(person("Maria Petrova"), person("Marina Petrova"))
    assert near < bits(person("Petrova"), person("Petrova"))


def test_given_and_family_name_in_each_others_place_weigh_less() -> None:
    jay = person("Jay Jones", firstName="Jay", lastName="Jones")
    jones = person("Jones Jay", firstName="Jones", lastName="Jay")
    assert bits(jay, jay) - bits(jay, jones) == MODEL.weights.swapped_cost


@pytest.mark.parametrize(
    ("short", "long"),
    [("Mhd", "Muhammed"), ("Wm", "William"), ("Peggie", "Margaret"), ("Volodya", "Vladimir")],
)
def test_given_names_meet_their_short_forms(short: str, long: str) -> None:
    assert bits(person(f"{short} Antoun"), person(f"{long} Antoun")) > bits(
        person(f"{short} Antoun"), person("Xaver Antoun")
    )


@pytest.mark.parametrize(
    ("short", "long"), [("Intl", "International"), ("Assn", "Association"), ("Ctr", "Centre")]
)
def test_words_of_bodies_meet_their_abbreviations(short: str, long: str) -> None:
    name = "Farallon Freight"
    assert bits(body(f"{name} {short}"), body(f"{name} {long}")) >= bits(body(name), body(name))


def test_two_legal_forms_are_two_bodies_until_more_is_known() -> None:
    private, public = body("Farallon Freight GmbH"), body("Farallon Freight AG")
    assert bits(private, public) < bits(private, body("Farallon Freight Ltd"))
    assert bits(body("ООО Фараллон"), body("Farallon LLC")) > bits(
        body("ООО Фараллон"), body("Farallon PLC")
    )


def test_numbers_one_sign_off_are_a_slip_unless_both_pass_their_checksum() -> None:
    one = features("Vessel", imoNumber="9074729")
    slip = features("Vessel", imoNumber="9074728")
    other = features("Vessel", imoNumber="9574729")
    plain = features("Vessel", callSign="ABCDEF7"), features("Vessel", callSign="ABCDEF8")
    assert bits(one, slip) == bits(*plain) == MODEL.weights.identifier_slip
    assert bits(one, other) == MODEL.weights.checked_slip < MODEL.weights.identifier_slip


def test_a_year_that_was_reckoned_from_an_age_may_be_the_next() -> None:
    born = person("Ann", birthDate="1970-06-01")
    year, far = person("Ann", birthDate="1971"), person("Ann", birthDate="1973")
    assert bits(born, year) > bits(person("Ann"), person("Ann")) > bits(born, far)


def related(name: str, **far: str) -> Features:
    """A person who is reported with things, each a mention of its own."""
    ends = {f"{FAR}{kind.replace('_', '.')}": value for kind, value in far.items()}
    return features("Person", name=name, **ends)


def test_a_thing_that_both_are_reported_with_weighs_as_a_telephone_does() -> None:
    iban = "GB82 WEST 1234 5698 7654 32"
    one = related("Mark Davis", BankAccount_iban=iban)
    other = related("Mark Davis", BankAccount_iban=iban.replace(" ", ""))
    assert bits(person("Mark Davis"), person("Mark Davis")) < MODEL.same <= bits(one, other)
    assert bits(one, related("Mark Davis", BankAccount_iban="DE89370400440532013000")) == bits(
        person("Mark Davis"), person("Mark Davis")
    )


def test_a_household_has_its_things_in_common() -> None:
    phone = "+1 702 919 1300"
    wife, man = related("Ann Davis", UserAccount_phone=phone), related("Mark Davis")
    husband = related("Mark Davis", UserAccount_phone=phone)
    assert bits(wife, husband) < MODEL.possible
    assert bits(husband, man) == bits(man, man)


def test_a_thing_of_another_kind_with_the_same_number_is_another() -> None:
    car = related("Mark Davis", Vehicle_registrationNumber="ABC1234")
    passport = related("Mark Davis", Passport_number="ABC1234")
    assert bits(car, passport) == bits(person("Mark Davis"), person("Mark Davis"))
