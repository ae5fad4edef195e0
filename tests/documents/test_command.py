"""``loa directive import``: printed as JSON, or stored for a person to review."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.commands.directive import app
from content.catalog import Catalog
from handlers.directives.draft import Draft
from handlers.directives.importing import Brought, keep
from handlers.directives.publishing import publish
from storage.database import Database
from storage.directives import Directive, DirectiveState, items_of, providers_of
from storage.reviews import DirectiveReview
from storage.shipped import load_shipped
from tests.documents.conftest import Read
from tests.documents.measure import EXPECTED, HERE, seed

NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)
LETTER = HERE / "seeds" / EXPECTED["003"]["file"]


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["import", *words])


@pytest.fixture
def database_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the command will keep its database."""
    path = tmp_path / "loa.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    return path


def test_json_prints_and_keeps_nothing(database_file: Path, reading: Read) -> None:
    done = run(str(LETTER), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == reading("003")
    assert not database_file.exists()


def test_without_json_it_is_kept_for_review(database_file: Path) -> None:
    done = run(str(LETTER))
    assert done.exit_code == 0, done.output
    for words in (
        "Công văn",
        "Mục tuyên truyền: 10; nhiệm vụ: 3",
        "I.1.2: Phòng ngừa ngộ độc thực phẩm",
        "chờ rà soát",
    ):
        assert words in done.stdout
    assert "Dòng 3: Số văn bản để trống" in done.stdout
    with sqlite3.connect(database_file) as db:
        rows = db.execute(
            "SELECT id, state, directive_id FROM directive JOIN directive_review ON id = directive_id"
        ).fetchall()
        audit = db.execute("SELECT actor, action, subject FROM audit_entry").fetchall()
    db.close()
    ((directive_id, state, reviewed),) = rows
    assert (state, reviewed) == ("imported", directive_id)
    assert directive_id in done.stdout
    assert audit == [("cli", "directive.import", f"directive:{directive_id}")]


def test_a_bad_file_ends_in_a_sentence(database_file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "quét.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    done = run(str(bad))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "Tệp hỏng" in done.stderr
    assert "Traceback" not in done.stderr
    assert not database_file.exists()


def test_a_secret_is_not_kept(database_file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "mat.txt"
    secret.write_text("TỐI MẬT\n\nTHÔNG BÁO\nVề việc ấy\n\n1. Công an tỉnh thực hiện.\n", encoding="utf-8")
    done = run(str(secret))
    assert done.exit_code == 1
    assert "dấu mật" in done.stderr
    assert not database_file.exists()


def test_the_same_file_twice_is_kept_once(database_file: Path) -> None:
    first, again = run(str(LETTER)), run(str(LETTER))
    assert "Đã lưu" in first.stdout
    assert "đã được nhập trước đó" in again.stdout
    with sqlite3.connect(database_file) as db:
        ((count,),) = db.execute("SELECT count(*) FROM directive_review").fetchall()
    db.close()
    assert count == 1


def letter(reading: Read, number: str, content: bytes = b"") -> Brought:
    """One of the documents as somebody brings it."""
    return Brought("a.txt", content or seed(number).encode(), seed(number), reading(number), [])


async def test_a_reading_becomes_a_directive_to_be_reviewed(
    database: Database, catalog: Catalog, reading: Read
) -> None:
    async with database.session() as db:
        await load_shipped(db, catalog, NOW)
        stored, new = await keep(db, letter(reading, "003"), "cli", NOW)
        _, once_more = await keep(db, letter(reading, "003", b"other bytes"), "cli", NOW)
        await db.commit()
    assert (new, once_more) == (True, False), "the same words from another file are the same directive"
    async with database.reading() as db:
        directive = await db.get_one(Directive, stored.id)
        assert (directive.state, directive.kind, directive.issuer) == (DirectiveState.IMPORTED, "cong_van", "so_tttt")
        assert "tuyen truyen" in directive.folded
        assert directive.reading == reading("003")
        assert await items_of(db, stored.id) == [], "nothing unreviewed is an item"
        draft = Draft.model_validate((await db.get_one(DirectiveReview, stored.id)).draft)
    assert [part.path for part in draft.kept if part.kind == "item"] == [one["path"] for one in reading("003")["items"]]
    assert draft.seen == 0


async def test_what_comes_into_force_is_what_was_read(database: Database, catalog: Catalog, reading: Read) -> None:
    async with database.session() as db:
        await load_shipped(db, catalog, NOW)
        for number in ("003", "004"):
            stored, _ = await keep(db, letter(reading, number), "cli", NOW)
            await publish(db, catalog, stored, await db.get_one(DirectiveReview, stored.id), NOW)
            items = await items_of(db, stored.id)
            if number == "003":
                providers = await providers_of(db, [item.id for item in items])
                assert set(providers[items[1].id]) == {
                    "so_y_te", "so_nnptnt", "nhom_ubnd_cap_huyen", "nhom_dia_phuong_don_vi",
                }  # fmt: skip
                assert items[3].id not in providers
                assert all(len(item.summary) <= 500 for item in items)
                assert items[5].summary.endswith("…")
                assert items[1].summary == reading("003")["items"][1]["text"]
            else:
                by_path = {item.path: item for item in items}
                assert by_path["1 (gạch 6)"].parent_id == by_path["1"].id
                assert by_path["1"].parent_id is None


async def test_providers_the_database_lacks_stay_in_the_draft(sqlite_url: str, catalog: Catalog, reading: Read) -> None:
    database = Database(sqlite_url)
    async with database.session() as db:
        stored, _ = await keep(db, letter(reading, "003"), "cli", NOW)
        await publish(db, catalog, stored, await db.get_one(DirectiveReview, stored.id), NOW)
        items = await items_of(db, stored.id)
        assert await providers_of(db, [item.id for item in items]) == {}
        named: list[dict[str, Any]] = stored.reading["items"][0]["providers"]
        assert named[0]["id"] == "cong_an_tinh"
    await database.close()


def test_the_reading_is_measured_and_kept_by_floors(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "--floors", str(HERE / "floors.yaml")])
    assert done.exit_code == 0, done.output
    assert "Đơn vị chủ trì: chính xác 100.00%" in done.stdout
    strict = tmp_path / "floors.yaml"
    strict.write_text("coordinators.recall: {least: 1.0}\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", "--json", "--floors", str(strict)])
    assert done.exit_code == 1
    assert "coordinators.recall" in done.stderr
    assert json.loads(done.stdout)["fields"]["recall"] == 1.0


def test_a_wrong_key_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "key.yaml"
    wrong.write_text("- a list\n", encoding="utf-8")
    for key in (wrong, tmp_path / "none.yaml"):
        done = CliRunner().invoke(app, ["evaluate", "--key", str(key)])
        assert done.exit_code == 1
        assert "Traceback" not in done.output


def test_pasted_text_is_read_from_standard_input(reading: Read) -> None:
    done = CliRunner().invoke(app, ["import", "-", "--json"], input=LETTER.read_bytes())
    assert done.exit_code == 0
    assert json.loads(done.stdout) == reading("003")
    empty = CliRunner().invoke(app, ["import", "-", "--json"], input=b"")
    assert empty.exit_code == 1
    assert "không có chữ" in empty.stderr
