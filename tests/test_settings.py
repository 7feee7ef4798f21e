"""Settings are read once, by name, and never show what should stay hidden."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, fields
from pathlib import Path

import pytest

from fusion.domain.errors import Misused
from fusion.settings import Settings, printed, setting, settings_from, variable_of


@dataclass(frozen=True, slots=True, repr=False)
class WithPassword(Settings):
    password: str = setting("hunter2", read=str, meaning="a secret", is_secret=True)


def test_without_variables_the_defaults_of_the_contract_hold() -> None:
    settings = settings_from({"PATH": "/bin", "HOME": "/root"})
    assert settings == Settings()
    assert settings.data == Path("fusion-data")
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.levels == ("OPEN", "OFFICIAL", "SECRET", "TOP SECRET")
    assert (settings.vocabulary, settings.patterns) == (None, None)
    assert settings.publisher_token_seconds == 24 * 3600
    assert settings.reader_token_seconds == 3600


def test_each_variable_sets_its_field() -> None:
    environment = {
        "FUSION_DATA": "elsewhere",
        "FUSION_HOST": "::1",
        "FUSION_PORT": "0",
        "FUSION_LOG_URL": "kafka://a:1",
        "FUSION_LOG_USER": "ann",
        "FUSION_LOG_PASSWORD": "b c",
        "FUSION_LOG_AUTHORITY": "ca.pem",
        "FUSION_LOG_PARTITIONS": "4",
        "FUSION_LOG_REPLICATION": "1",
        "FUSION_STORE_URL": "postgresql://a/b",
        "FUSION_LEVELS": "GREEN, AMBER,RED",
        "FUSION_VOCABULARY": "words",
        "FUSION_PATTERNS": "rules",
        "FUSION_PUBLISHER_TOKEN_SECONDS": "60",
        "FUSION_READER_TOKEN_SECONDS": "30",
        "FUSION_READER_REQUESTS_PER_SECOND": "7",
        "FUSION_PUBLISHER_SIGNALS_PER_SECOND": "8",
    }
    assert set(environment) == {variable_of(one) for one in fields(Settings)}
    assert settings_from(environment) == Settings(
        data=Path("elsewhere"),
        host="::1",
        port=0,
        log_url="kafka://a:1",
        log_user="ann",
        log_password="b c",
        log_authority=Path("ca.pem"),
        log_partitions=4,
        log_replication=1,
        store_url="postgresql://a/b",
        levels=("GREEN", "AMBER", "RED"),
        vocabulary=Path("words"),
        patterns=Path("rules"),
        publisher_token_seconds=60,
        reader_token_seconds=30,
        reader_requests_per_second=7,
        publisher_signals_per_second=8,
    )


def test_an_unknown_variable_is_refused_by_name_with_the_one_that_was_meant() -> None:
    with pytest.raises(Misused) as refused:
        settings_from({"FUSION_PROT": "8080", "FUSION_ZZZZZZ": "1"})
    assert refused.value.detail == (
        "FUSION_PROT is no setting (did you mean FUSION_PORT?); FUSION_ZZZZZZ is no setting"
    )


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("FUSION_PORT", "65536"),
        ("FUSION_PORT", "-1"),
        ("FUSION_PORT", "8e3"),
        ("FUSION_PORT", "²"),
        ("FUSION_PORT", ""),
        ("FUSION_DATA", " "),
        ("FUSION_HOST", ""),
        ("FUSION_LEVELS", "OPEN,,SECRET"),
        ("FUSION_LEVELS", "OPEN,OPEN"),
        ("FUSION_VOCABULARY", ""),
        ("FUSION_READER_TOKEN_SECONDS", "0"),
        ("FUSION_PUBLISHER_TOKEN_SECONDS", "forever"),
    ],
)
def test_an_unusable_value_is_refused_by_the_name_of_its_variable(variable: str, text: str) -> None:
    with pytest.raises(Misused, match=rf"^{variable} must "):
        settings_from({variable: text})


def test_a_refusal_names_all_that_is_wrong_and_repeats_no_value() -> None:
    with pytest.raises(Misused) as refused:
        settings_from({"FUSION_PORT": "s3cret", "FUSION_TOKEN": "t0ken", "FUSION_LEVELS": "x,,y"})
    assert refused.value.detail.count(";") == 2
    assert "s3cret" not in refused.value.detail
    assert "t0ken" not in refused.value.detail


def test_printed_settings_show_every_variable_and_hide_a_secret() -> None:
    assert printed(Settings())["FUSION_LEVELS"] == "OPEN,OFFICIAL,SECRET,TOP SECRET"
    assert printed(Settings())["FUSION_PATTERNS"] == "-"
    secret = WithPassword()
    assert secret.password == "hunter2"
    assert printed(secret)["FUSION_PASSWORD"] == "(hidden)"
    for text in (repr(secret), str(secret), f"{secret}"):
        assert "hunter2" not in text
        assert "FUSION_PORT=8080" in text


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
