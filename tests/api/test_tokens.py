"""A token says who somebody is, for a while; whatever else is shown is refused with one text."""

import base64
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from fusion.api.tokens import (
    KEY_FILE,
    MAX_SECONDS,
    REFUSAL,
    Identity,
    Tokens,
    open_key,
    verified,
)
from fusion.domain.clock import MICROS_PER_SECOND, ScriptedClock
from fusion.domain.errors import Misused, Unauthenticated

SHARED = Path(os.environ.get("FUSION_SHARED") or Path(__file__).parents[2].parent / "shared")
VECTORS = SHARED / "data" / "access" / "wycheproof" / "json_web_signature_test.json"

# Made here for these tests alone; the tests that need another key derive one.
KEY = OKPKey.derive_key("tokens of the tests", "Ed25519")
START = 1_000_000_000 * MICROS_PER_SECOND


def tokens(*, at: int = START, key: OKPKey = KEY, audience: str = "fusion/live") -> Tokens:
    return Tokens(key, clock=ScriptedClock(at), audience=audience)


def is_refused(token: str, checker: Tokens | None = None) -> bool:
    """Whether a token is refused with the one text."""
    try:
        (checker or tokens()).check(token)
    except Unauthenticated as refusal:
        return (refusal.detail, refusal.faults) == (REFUSAL, ())
    return False


def encoded(content: bytes | dict[str, Any]) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes) -> str:
    """A token of any header and claims whose signature by our key holds."""
    told = f"{encoded(header)}.{encoded(claims)}"
    private = KEY.private_key
    assert private is not None
    return f"{told}.{encoded(private.sign(told.encode()))}"  # type: ignore[union-attr]


HEADER = {"alg": "Ed25519", "typ": "at+jwt"}
CLAIMS = {
    "iss": "fusion",
    "aud": "fusion/live",
    "sub": "anna",
    "kind": "reader",
    "iat": START // MICROS_PER_SECOND,
    "exp": START // MICROS_PER_SECOND + 60,
}


@pytest.mark.parametrize("kind", ["publisher", "reader"])
def test_a_minted_token_says_who_holds_it(kind: Any) -> None:
    token = tokens().mint(kind, "anna", 60)
    assert tokens().check(token) == Identity(kind, "anna")


def test_the_tests_own_signing_is_that_of_a_minted_token() -> None:
    assert tokens().check(signed(HEADER, CLAIMS)) == Identity("reader", "anna")


def test_a_token_is_refused_from_the_second_in_which_it_expires() -> None:
    token = tokens().mint("reader", "anna", 60)
    assert not is_refused(token, tokens(at=START + 60 * MICROS_PER_SECOND - 1))
    assert is_refused(token, tokens(at=START + 60 * MICROS_PER_SECOND))


def test_a_token_that_was_good_before_expires_all_the_same() -> None:
    clock = ScriptedClock(START)
    checker = Tokens(KEY, clock=clock, audience="fusion/live")
    token = checker.mint("reader", "anna", 60)
    assert not is_refused(token, checker)
    clock.advance(START + 60 * MICROS_PER_SECOND)
    assert is_refused(token, checker)


def test_a_token_of_the_future_is_refused() -> None:
    token = tokens(at=START + MICROS_PER_SECOND).mint("reader", "anna", 60)
    assert is_refused(token)


def test_a_token_of_another_namespace_is_refused_under_an_equal_key() -> None:
    assert is_refused(tokens(audience="fusion/exercise").mint("reader", "anna", 60))


def test_a_token_of_another_key_is_refused() -> None:
    other = OKPKey.derive_key("another", "Ed25519")
    assert is_refused(tokens(key=other).mint("reader", "anna", 60))


@pytest.mark.parametrize("seconds", [0, -1, MAX_SECONDS + 1])
def test_a_token_lives_neither_for_nothing_nor_for_ever(seconds: int) -> None:
    with pytest.raises(Misused):
        tokens().mint("reader", "anna", seconds)


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "EdDSA"},
        {"alg": "HS256"},
        {"typ": "JWT"},
        {"kid": "1"},
        {"jku": "https://keys.example/"},
        {"x5u": "https://keys.example/"},
        {"jwk": KEY.as_dict(private=False)},
        {"crit": ["b64"], "b64": False},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_says_anything_of_its_own_is_refused_though_signed(
    changed: dict[str, Any],
) -> None:
    assert is_refused(signed(HEADER | changed, CLAIMS))


@pytest.mark.parametrize("member", ["alg", "typ"])
def test_a_header_that_says_less_is_refused(member: str) -> None:
    assert is_refused(signed({k: v for k, v in HEADER.items() if k != member}, CLAIMS))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"aud": ["fusion/live"]},
        {"aud": "fusion/exercise"},
        {"kind": "operator"},
        {"sub": 7},
        {"exp": "never"},
        {"exp": 1e300},
        {"level": "TOP SECRET"},
    ],
)
def test_claims_that_are_not_ours_are_refused_though_signed(changed: dict[str, Any]) -> None:
    assert is_refused(signed(HEADER, CLAIMS | changed))


@pytest.mark.parametrize("member", sorted(CLAIMS))
def test_a_token_without_one_of_its_claims_is_refused(member: str) -> None:
    assert is_refused(signed(HEADER, {k: v for k, v in CLAIMS.items() if k != member}))


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b'"anna"', b"\xff"])
def test_what_is_no_claims_is_refused_though_signed(content: bytes) -> None:
    assert is_refused(signed(HEADER, content))


def test_an_unsigned_token_is_refused() -> None:
    none = f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{encoded(CLAIMS)}."
    assert is_refused(none)
    assert is_refused(none + encoded(b"\0" * 64))
    head, claims, _ = signed(HEADER, CLAIMS).split(".")
    assert is_refused(f"{head}.{claims}.")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    """The oldest confusion: the public key is no secret, and HMAC would take it for one."""
    public = KEY.as_dict(private=False)["x"]
    for secret in (str(public).encode(), base64.urlsafe_b64decode(f"{public}=")):
        told = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt'})}.{encoded(CLAIMS)}"
        mac = hmac.new(secret, told.encode(), hashlib.sha256).digest()
        assert is_refused(f"{told}.{encoded(mac)}")


@pytest.mark.parametrize(
    "respell",
    [
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", ".\n", 1),
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token.replace("_", "/").replace("-", "+") + "/",
        lambda token: token + "ä",
        lambda token: "Bearer " + token,
        lambda token: token * 20,
    ],
)
def test_a_token_in_another_spelling_is_refused(respell: Callable[[str], str]) -> None:
    assert is_refused(respell(tokens().mint("reader", "anna", 60)))


def test_the_unused_bits_of_the_last_character_are_no_second_spelling() -> None:
    """64 bytes of signature leave four bits: 16 last characters would decode alike."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = tokens().mint("reader", "anna", 60)
    good = [last for last in alphabet if not is_refused(token[:-1] + last)]
    assert good == [token[-1]]


@given(st.integers(min_value=0), st.characters())
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    token = tokens().mint("reader", "anna", 60)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert is_refused(changed) == (changed != token)


@given(st.text() | st.binary().map(lambda raw: f"{encoded(HEADER)}.{encoded(raw)}.{encoded(raw)}"))
def test_whatever_is_shown_instead_of_a_token_is_refused(text: str) -> None:
    assert is_refused(text)


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = open_key(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert open_key(tmp_path).as_dict(private=True) == key.as_dict(private=True)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_two_directories_have_two_keys(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert is_refused(
        tokens(key=open_key(one)).mint("reader", "anna", 60), tokens(key=open_key(other))
    )


def test_an_exercises_key_depends_on_its_seed_alone(tmp_path: Path) -> None:
    keys = {}
    for place, seed in enumerate(["seven", "seven", "eight"]):
        (tmp_path / str(place)).mkdir()
        keys[place] = open_key(tmp_path / str(place), seed=seed).as_dict(private=True)
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_a_key_that_lies_there_stays_whatever_the_seed(tmp_path: Path) -> None:
    key = open_key(tmp_path)
    assert open_key(tmp_path, seed="seven").as_dict(private=True) == key.as_dict(private=True)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    open_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(Misused, match="chmod 600"):
        open_key(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"null",
        json.dumps(KEY.as_dict(private=False)).encode(),
        json.dumps(OKPKey.generate_key("X25519").as_dict(private=True)).encode(),
        json.dumps(OctKey.generate_key().as_dict(private=True)).encode(),
    ],
    # A key in a name would be another one in each process that collects.
    ids=range(8),
)
def test_a_file_that_holds_no_token_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(Misused, match="holds no token key"):
        open_key(tmp_path)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="can't be written"):
        open_key(tmp_path / "missing")


# --- Wycheproof's JWS vectors (C2SP, Apache-2.0), which are not shipped with fusion --------------

_KEYS: dict[str, type[Key]] = {"oct": OctKey, "EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
# The algorithm of the few keys there that declare none.
_USUAL = {"EC": "ES256", "RSA": "RS256"}
# Called invalid there, and to the byte equal to 357 under an equal key, which is called valid.
_SAME_AS_A_VALID_ONE = frozenset({367, 370})
# Called valid there, and refused here on purpose: a signature over nothing (no token), another
# algorithm than the key declares (its "ES521" is none), and characters outside the alphabet.
_STRICTER_HERE = frozenset({259, 264, 268, 272, 320, 325, 346, 347, 350, 351, 372, 373})


@cache
def vectors() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each vector with the key of its group."""
    if not VECTORS.exists():
        pytest.skip(f"the Wycheproof vectors are not beside this checkout ({VECTORS.name})")
    groups = json.loads(VECTORS.read_text())["testGroups"]
    return [(each, g.get("public") or g["private"]) for g in groups for each in g["tests"]]


def holds(token: str, key: dict[str, Any]) -> bool:
    """Whether the reading under our tokens takes a vector, by its key's own algorithm."""
    kind = key["kty"]
    try:
        verified(token, _KEYS[kind].import_key(key), key.get("alg") or _USUAL[kind])
    except (JoseError, ValueError):
        return False
    return True


def test_every_forged_wycheproof_vector_is_refused_and_the_good_ones_hold() -> None:
    taken = {vector["tcId"] for vector, key in vectors() if holds(vector["jws"], key)}
    valid = {vector["tcId"] for vector, _ in vectors() if vector["result"] == "valid"}
    assert taken - valid == _SAME_AS_A_VALID_ONE
    assert valid - taken == _STRICTER_HERE
    text = {vector["tcId"]: vector["jws"] for vector, _ in vectors()}
    assert {text[number] for number in _SAME_AS_A_VALID_ONE} == {text[357]}


def test_no_wycheproof_vector_is_a_token_of_ours() -> None:
    assert len(vectors()) == 401
    assert all(is_refused(vector["jws"]) for vector, _ in vectors())
