"""Starting safely: secrets are named when missing or default, values are checked, nothing secret prints itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.commands.console import operator_settings
from bot.config import DEMO_SECRET, Settings, SettingsError
from tests.conftest import MONDAY

SECRET = ["ZALO_OA_SECRET"]
GOOD = {"SECRET_KEY": "x7Kq-9mWz-Lp3v-Ru5t", "DATA_KEYS": "a1B2c3D4e5F6g7H8i9"}


@pytest.fixture
def set_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("SECRET_KEY", "DATA_KEYS", "TELEGRAM_TOKEN", "ZALO_APP_ID", "LOA_DEMO", "PUBLIC_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, ["SECRET_KEY", "DATA_KEYS"]),
        ({**GOOD, "SECRET_KEY": "short"}, ["SECRET_KEY"]),
        ({**GOOD, "SECRET_KEY": DEMO_SECRET}, ["SECRET_KEY"]),
        ({**GOOD, "SECRET_KEY": "changeme-changeme-changeme"}, ["SECRET_KEY"]),
        ({**GOOD, "DATA_KEYS": "a1B2c3D4e5F6g7H8i9,short"}, ["DATA_KEYS"]),
        (
            {**GOOD, "TELEGRAM_TOKEN": "1:a", "TELEGRAM_MODE": "webhook"},
            ["TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL"],
        ),
        ({**GOOD, "ZALO_APP_ID": "1"}, ["ZALO_APP_SECRET", "ZALO_OA_ID", "ZALO_OA_SECRET"]),
        (
            {**GOOD, "ZALO_APP_ID": "1", "ZALO_SIGNATURE_TRIAL_UNTIL": "2024-11-11T08:00+07:00", "ZALO_PKCE": "fixed"},
            ["ZALO_APP_SECRET", "ZALO_OA_ID", "ZALO_CODE_VERIFIER"],
        ),
    ],
)
def test_a_missing_or_default_secret_stops_the_start_and_is_named(
    set_environment: pytest.MonkeyPatch, environment: dict[str, str], named: list[str]
) -> None:
    for name, value in environment.items():
        set_environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings().require_safe(MONDAY)
    assert caught.value.names == named


def test_good_secrets_start_and_do_not_print_themselves(set_environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        set_environment.setenv(name, value)
    settings = Settings()
    settings.require_safe(MONDAY)
    assert settings.keys == [GOOD["DATA_KEYS"]]
    assert GOOD["SECRET_KEY"] not in repr(settings)
    assert GOOD["DATA_KEYS"] not in str(settings.model_dump())


@pytest.mark.parametrize(
    ("until", "named"),
    [("2024-11-11T08:00+07:00", []), ("2024-11-11T06:59+07:00", SECRET), ("2024-11-13T08:00+07:00", SECRET)],
)
def test_only_a_trial_that_runs_stands_in_for_the_oa_secret(
    set_environment: pytest.MonkeyPatch, until: str, named: list[str]
) -> None:
    zalo = {"ZALO_APP_ID": "1", "ZALO_APP_SECRET": "s3", "ZALO_OA_ID": "3", "ZALO_SIGNATURE_TRIAL_UNTIL": until}
    for name, value in (GOOD | zalo).items():
        set_environment.setenv(name, value)
    if not named:
        Settings().require_safe(MONDAY)
        return
    with pytest.raises(SettingsError) as caught:
        Settings().require_safe(MONDAY)
    assert caught.value.names == named


def test_commands_do_not_seal_a_real_houses_data_with_the_demos_keys(
    set_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator_settings().keys == [DEMO_SECRET]
    assert "DATA_KEYS" in capsys.readouterr().err
    set_environment.setenv("TELEGRAM_TOKEN", "1:x")
    with pytest.raises(SettingsError) as caught:
        operator_settings()
    assert caught.value.names == ["DATA_KEYS"]
    set_environment.setenv("DATA_KEYS", GOOD["DATA_KEYS"])
    assert operator_settings().keys == [GOOD["DATA_KEYS"]]


def test_a_demo_needs_no_secret(set_environment: pytest.MonkeyPatch) -> None:
    set_environment.setenv("LOA_DEMO", "1")
    settings = Settings()
    settings.require_safe(MONDAY)
    assert settings.keys == [DEMO_SECRET]
    assert Path("var") == Path(settings.database_url.get_secret_value().removeprefix("sqlite:///")).parent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("TIMEZONE", "Mars/Base"),
        ("TELEGRAM_MODE", "pigeon"),
        ("DEMO_DATE", "soon"),
    ],
)
def test_an_impossible_value_is_refused_by_name(set_environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    set_environment.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert caught.value.errors()[0]["loc"] == (name.lower(),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZALO_PKCE", "maybe"),
        ("ZALO_SIGNATURE_TRIAL_UNTIL", "2026-01-01T08:00"),
        ("ZALO_TEMPLATE_FIELDS", "ten=name,so=phone"),
    ],
)
def test_settings_of_zalo_that_make_no_sense(set_environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    set_environment.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_fields_of_a_template(set_environment: pytest.MonkeyPatch) -> None:
    set_environment.setenv("ZALO_TEMPLATE_FIELDS", " ten = name, don_vi=agency ,")
    assert Settings().template_fields == {"ten": "name", "don_vi": "agency"}
