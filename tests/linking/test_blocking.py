from __future__ import annotations

from hypothesis import given

from fusion.domain.fact import Profile, profile_of
from fusion.domain.far_end import FAR
from fusion.linking.blocking import KEYS_KEPT, keys_of
from fusion.linking.features import Features, features_of
from tests.linking.profiles import MODEL, body, features, person, profiles


def shared(a: Features, b: Features) -> set[str]:
    return set(keys_of(a, MODEL)) & set(keys_of(b, MODEL))


@given(profiles())
def test_keys_are_few_sorted_and_each_once(one: Profile) -> None:
    keys = keys_of(features_of(one, MODEL), MODEL)
    assert list(keys) == sorted(set(keys))
    assert len(keys) <= 2 * KEYS_KEPT


@given(profiles())
def test_keys_do_not_depend_on_the_order_of_values(one: Profile) -> None:
    backwards = {name: tuple(reversed(values)) for name, values in reversed(one.properties)}
    again = features_of(profile_of(one.schema, backwards), MODEL)
    assert keys_of(again, MODEL) == keys_of(features_of(one, MODEL), MODEL)


def test_one_name_in_two_scripts_or_orders_is_proposed() -> None:
    assert shared(person("Mohamed Atta"), person("محمد عطا"))
    assert shared(person("Mohamed Atta"), person("Атта, Мохаммед"))
    assert shared(person("Khalid al-Mihdhar"), person("خالد المحضار"))
    assert shared(person("Xi Jinping"), person("习近平"))


def test_a_shared_number_date_or_house_proposes() -> None:
    assert shared(person("a", passportNumber="A-123 4567"), person("b", passportNumber="a1234567"))
    assert shared(person("a", passportNumber="A1234567"), person("b", passportNumber="A1234568"))
    assert shared(person("a", phone="702-919-1300"), person("b", phone="+1 702 919 1300"))
    assert shared(person("a", birthDate="1978-12-11"), person("b", birthDate="1978-11-12"))
    assert shared(
        body("a", address="9 Elm Rd, 62701"), body("b", address="Elm Road 9, Springfield")
    )


def test_a_thing_at_the_far_end_of_both_proposes() -> None:
    far = {f"{FAR}BankAccount.iban": "GB82WEST12345698765432"}
    assert shared(person("a", **far), person("b", **far))


def test_a_common_word_alone_is_no_key() -> None:
    assert not shared(person("Mohammed Ali"), person("Mohammed Khan"))
    assert not shared(body("Flight Academy"), body("Dental Academy"))


def test_a_rare_word_alone_is_a_key() -> None:
    assert shared(person("Khalid al-Mihdhar"), person("Mihdhar"))


def test_an_offices_mailbox_is_no_key() -> None:
    assert not shared(person("a", email="info@x.org"), person("b", email="info@x.org"))


def test_families_keep_apart_and_a_legal_entity_is_in_both() -> None:
    name = "Zacarias Moussaoui"
    entity = features("LegalEntity", name=name)
    assert not shared(person(name), body(name))
    assert shared(entity, person(name))
    assert shared(entity, body(name))
