"""The command line as operators meet it: processes of their own, started and stopped for real, where it is the process
that is looked at; else the same commands called here, without the seconds a process takes to begin."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from nlu.understanding import Understander

Loa = Callable[..., Result]
ROOT = Path(__file__).parent.parent.parent
GOOD = {"SECRET_KEY": "x7Kq-9mWz-Lp3v-Ru5t", "DATA_KEYS": "a1B2c3D4e5F6g7H8i9"}


def _environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return {**kept, "PYTHONUTF8": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'loa.db'}", **more}


def _loa(tmp_path: Path, *words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env=_environment(tmp_path, **more),
        input=given,
        capture_output=True,
        text=True,
        timeout=100,
    )


def _start(tmp_path: Path, *words: str, **more: str) -> tuple[subprocess.Popen[str], str]:
    """The server and its address, once it has said where to click."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0", *words],
        cwd=ROOT,
        env=_environment(tmp_path, LOG_LEVEL="ERROR", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            return process, match[0]
    raise AssertionError(said)


@pytest.fixture
def loa(tmp_path: Path, province: Path, monkeypatch: pytest.MonkeyPatch) -> Loa:
    """Calls a command in this process, at a house that holds the shipped province."""
    shutil.copy(province, tmp_path / "loa.db")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'loa.db'}")

    def call(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(app, words, input=given)

    return call


@pytest.mark.usefixtures("understander")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_starts_says_where_to_click_answers_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process, url = _start(tmp_path, "--demo")
    try:
        with httpx.stream("GET", f"{url}/chat/events", timeout=10) as stream:  # an open stream must not hold it up
            assert stream.status_code == 200
            assert "Loa" in httpx.get(f"{url}/", timeout=10).text
            assert httpx.get(f"{url}/health/ready", timeout=10).json()["status"] == "ok"
            process.send_signal(number)
            said = process.communicate(timeout=30)[0]
        assert process.returncode == 0, said
        assert "Loa đã dừng" in said
        assert "Traceback" not in said
    finally:
        process.kill()


@pytest.mark.usefixtures("understander")
def test_starting_twice_on_one_database_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'loa.db'}")
    counts = []
    for _ in range(2):
        process, url = _start(tmp_path, "--demo")
        try:
            assert httpx.get(f"{url}/health/ready", timeout=10).status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        rows = CliRunner().invoke(app, ["report", "list", "--plan", "kh_thong_tin_co_so_2024"])
        counts.append(rows.stdout.count("UBND"))
    assert counts[0] == counts[1] > 30


@pytest.mark.usefixtures("understander")
def test_roles_split_the_process(tmp_path: Path) -> None:
    web, url = _start(tmp_path, "--role", "web", **GOOD)
    worker = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--role", "worker"],
        cwd=ROOT,
        env=_environment(tmp_path, LOG_LEVEL="ERROR", **GOOD),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert httpx.get(f"{url}/chat", timeout=10).status_code == 200
        assert worker.stdout is not None
        assert "đang chạy" in worker.stdout.readline()
    finally:
        for process in (web, worker):
            process.send_signal(signal.SIGTERM)
    for process in (web, worker):
        said = process.communicate(timeout=40)[0]
        assert process.returncode == 0, said


def test_without_secrets_it_refuses_and_names_them(tmp_path: Path) -> None:
    done = _loa(tmp_path, "serve")
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert "DATA_KEYS" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_impossible_setting_is_named(tmp_path: Path) -> None:
    done = _loa(tmp_path, "serve", "--demo", TIMEZONE="Mars/Base")
    assert done.returncode == 1
    assert "TIMEZONE" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_is_added_with_a_password_from_standard_input(tmp_path: Path, loa: Loa) -> None:
    short = loa("user", "add", "lan", "--role", "editor", given="short\n")
    assert short.exit_code == 1
    assert "10" in short.stderr
    good = _loa(tmp_path, "user", "add", "lan", "--role", "editor", given="a-long-password\n")
    assert good.returncode == 0, good.stderr
    assert "lan" in good.stdout


def test_doctor_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"DATABASE_URL": f"sqlite:///{tmp_path / 'loa.db'}"}).items():
        monkeypatch.setenv(name, value)
    before = CliRunner().invoke(app, ["doctor"])
    assert before.exit_code == 1
    assert "db upgrade" in before.stdout
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0
    after = CliRunner().invoke(app, ["doctor"])
    assert after.exit_code == 0, after.stdout
    bad = _loa(tmp_path, "doctor", **GOOD, TELEGRAM_TOKEN="1:x", TELEGRAM_API_URL="http://127.0.0.1:9")
    assert bad.returncode == 1
    assert "1:x" not in bad.stdout + bad.stderr


def test_the_weeks_digest_is_composed_dry_for_one_agency_and_channel(tmp_path: Path, loa: Loa) -> None:
    done = loa("digest", "compose", "--week", "2024-W46", "--agency", "so_y_te", "--channel", "zalo", "--json")
    assert done.exit_code == 0, done.stderr
    [edition] = json.loads(done.stdout)
    assert "ngộ độc thực phẩm" in edition["messages"][0]["text"]
    assert len(edition["messages"][0]["buttons"]) <= 5
    wrong = _loa(tmp_path, "digest", "compose", "--week", "2024-W99")
    assert wrong.returncode == 1
    assert "2024-W99" in wrong.stderr
    assert loa("digest", "compose", "--week", "2024-W46", "--agency", "x").exit_code == 1
    assert loa("digest", "status", "7").exit_code == 1


@pytest.mark.parametrize("kind", ["docx", "xlsx", "json"])
def test_the_consolidated_report_is_exported(tmp_path: Path, loa: Loa, kind: str) -> None:
    out = tmp_path / f"report.{kind}"
    done = loa("report", "export", "--plan", "kh_thong_tin_co_so_2024", "--format", kind, "--out", str(out))
    assert done.exit_code == 0, done.stderr
    assert out.stat().st_size > 5000


@pytest.mark.parametrize(
    ("plan", "out", "told"),
    [("none", "x.json", "kh_thong_tin_co_so_2024"), ("kh_thong_tin_co_so_2024", "no/x.json", "no")],
)
def test_an_export_that_cannot_be_made_says_why(tmp_path: Path, loa: Loa, plan: str, out: str, told: str) -> None:
    done = loa("report", "export", "--plan", plan, "--format", "json", "--out", str(tmp_path / out))
    assert done.exit_code == 1
    assert told in done.stderr


def test_content_is_checked(loa: Loa) -> None:
    done = loa("content", "check")
    assert done.exit_code == 0, done.stderr
    assert "109" in done.stdout


def test_the_terminal_talks_through_the_whole_stack(tmp_path: Path, province: Path, understander: Understander) -> None:
    assert understander
    shutil.copy(province, tmp_path / "loa.db")
    done = _loa(tmp_path, "chat", given="cuu voi ca nha an nam rung dang non oi\nsac xe qua dem co sao khong\n")
    assert done.returncode == 0, done.stderr
    assert "115" in done.stdout
    assert "Nguồn:" in done.stdout
    officer = _loa(tmp_path, "chat", "--as", "officer:ubnd_huyen_sa_thay", given="nhiem vu cua toi\n")
    assert "15/12/2024" in officer.stdout
    assert _loa(tmp_path, "chat", "--as", "officer:nobody", given="").returncode == 1
