"""Far ends: the exact identifiers that the relations of a mention lead to (RULES.md 9).

Who is reported with a telephone, an account, a passport or a car, each a mention of its own, is
reported with its number as if it were written on the mention itself. So the number belongs to the
mention's content, and everything that is a pure function of contents stays one.

Counted is a relation under the very marking of both its ends: under any other, who may know the
mention need not know what it leads to. Only things lead to whose they are; an employer or a friend
has many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fusion.domain.marking import NormalForm
from fusion.domain.signal import Mention, Relation

# Begins the name of a property that stands at the far end; no property of a schema begins so.
FAR = "→"

# What identifies a thing that one person, household or body has: never its type or its country.
_IDENTIFIED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "UserAccount": ("phone", "email"),
        "BankAccount": ("iban", "accountNumber"),
        "CryptoWallet": ("cryptoAddress", "publicKey", "accountId"),
        "Passport": ("number", "passportNumber", "personalNumber"),
        "Identification": ("number",),
        "Vehicle": ("registrationNumber",),
        "Vessel": ("imoNumber", "mmsi"),
        "Airplane": ("serialNumber", "icaoCode"),
        "RealEstate": ("cadastralCode", "titleNumber"),
    }
)


def far_ends(
    mentions: Iterable[Mention],
    relations: Iterable[Relation],
    *,
    forms: Mapping[str, NormalForm],
    forms_of_relations: Iterable[NormalForm],
) -> dict[str, dict[str, tuple[str, ...]]]:
    """For each mention, by its ref, the properties that its relations add to it.

    `forms` are the mentions' normal forms by ref, `forms_of_relations` those of the relations in
    their order.
    """
    by_ref = {mention.ref: mention for mention in mentions}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for relation, form in zip(relations, forms_of_relations, strict=True):
        if forms.get(relation.from_) == form == forms.get(relation.to):
            for near, far in (
                (relation.from_, relation.to),
                (relation.to, relation.from_),
            ):
                for name, values in _identifying(by_ref[far]):
                    added = found.setdefault(near, {})
                    added[name] = (*added.get(name, ()), *values)
    return found


def _identifying(far: Mention) -> Iterable[tuple[str, tuple[str, ...]]]:
    for name in _IDENTIFIED_BY.get(far.schema, ()):
        values = far.properties.get(name)
        if values:
            yield f"{FAR}{far.schema}.{name}", tuple(values)
