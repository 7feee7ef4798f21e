"""What is wrong with the shape of a document: every fault, each where it is.

msgspec stops at the first fault and points at an object where a member of it is unknown. This is
asked only after msgspec refused, so that it costs nothing for what is right. Promises to find a
fault exactly where msgspec does. It must never look at meaning: `intake.validate` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from fusion.domain.errors import Fault, shown, step
from fusion.domain.signal import Marking

# Stands for a value that can't be mended.
_BROKEN = object()
# Integers up to this are repeated in an error, others only named.
_MAX_INTEGER = 999
_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    dict: "an object",
    float: "a fraction",
    int: "an integer",
    list: "an array",
    str: "a string",
}
_WANTED: dict[type[inspect.Type], str] = {
    inspect.BoolType: "a boolean",
    inspect.DictType: "an object",
    inspect.StrType: "a string",
    inspect.StructType: "an object",
    inspect.VarTupleType: "an array",
}


def faults_of(value: object, shape: type[msgspec.Struct], pointer: str) -> list[Fault]:
    """All that keeps `value` from being a `shape`, by pointers that begin with `pointer`."""
    faults: list[Fault] = []
    _mended(value, _described(shape), pointer, faults)
    return faults


def mended(value: object, shape: type[msgspec.Struct]) -> Any:
    """`value` without what is wrong and may be absent, so that the rest can be looked at.

    None where that would not do: a member that must stand there is wrong, or one whose absence
    says something else (a marking, a list). What comes out is never accepted, only examined.
    """
    found = _mended(value, _described(shape), "", [])
    return None if found is _BROKEN else found


@cache
def _described(shape: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(shape)


def _mended(value: object, shape: inspect.Type, pointer: str, faults: list[Fault]) -> Any:
    if isinstance(shape, inspect.UnionType):
        if value is None:
            return None
        shape = next(kind for kind in shape.types if not isinstance(kind, inspect.NoneType))
    if isinstance(shape, inspect.LiteralType):
        return _literal(value, shape, pointer, faults)
    if isinstance(shape, inspect.StructType) and isinstance(value, dict):
        return _struct(value, shape, pointer, faults)
    if isinstance(shape, inspect.VarTupleType) and isinstance(value, list):
        return _all(
            [
                _mended(member, shape.item_type, f"{pointer}/{place}", faults)
                for place, member in enumerate(value)
            ]
        )
    if isinstance(shape, inspect.DictType) and isinstance(value, dict):
        members = [
            _mended(member, shape.value_type, pointer + step(name), faults)
            for name, member in value.items()
        ]
        return _BROKEN if _all(members) is _BROKEN else dict(zip(value, members, strict=True))
    if isinstance(shape, inspect.StrType) and isinstance(value, str):
        return value
    if isinstance(shape, inspect.BoolType) and isinstance(value, bool):
        return value
    faults.append(Fault(pointer, f"must be {_WANTED[type(shape)]}, not {_name(value)}"))
    return _BROKEN


def _literal(value: object, shape: inspect.LiteralType, pointer: str, faults: list[Fault]) -> Any:
    # By type too: True equals 1.
    if any(type(value) is type(known) and value == known for known in shape.values):
        return value
    known = ", ".join(map(str, shape.values))
    found = shown(value) if isinstance(value, str) else _name(value)
    if type(value) is int and abs(value) <= _MAX_INTEGER:
        found = str(value)
    faults.append(Fault(pointer, f"must be one of {known}, not {found}"))
    return _BROKEN


def _struct(
    value: Mapping[str, object], shape: inspect.StructType, pointer: str, faults: list[Fault]
) -> Any:
    fields = {field.encode_name: field for field in shape.fields}
    kept: dict[str, object] = {}
    # A marking with a part left out would be another marking.
    is_whole = shape.cls is Marking
    is_broken = False
    for name, member in value.items():
        field = fields.get(name)
        if field is None:
            faults.append(Fault(pointer + step(name), "no such member is known here"))
            is_broken = is_broken or is_whole
            continue
        found = _mended(member, field.type, pointer + step(name), faults)
        if found is not _BROKEN:
            kept[name] = found
        elif field.required or is_whole or not _may_go(field.type):
            is_broken = True
    for name, field in fields.items():
        if field.required and name not in value:
            faults.append(Fault(pointer + step(name), "is required"))
            is_broken = True
    return _BROKEN if is_broken else kept


def _may_go(shape: inspect.Type) -> bool:
    """Whether a member of the shape can be left out without making other faults."""
    kinds = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    plain = (inspect.LiteralType, inspect.StrType, inspect.BoolType, inspect.NoneType)
    return all(isinstance(kind, plain) for kind in kinds)


def _all(members: list[Any]) -> Any:
    return _BROKEN if any(member is _BROKEN for member in members) else members


def _name(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)
