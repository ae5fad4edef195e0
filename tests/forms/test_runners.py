"""The same conversation whoever runs the actions: byte for byte, in this process and over HTTP."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.form_server import HttpRunner
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.forms.runner import InProcessRunner, Runner, RunnerUnavailable
from handlers.questionnaires.publishing import bring_in, put
from storage.database import Database
from storage.questionnaires import FormState
from tests.conftest import TestClock
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import BOARDS, SA_THAY, STATION

TRANSCRIPT = (
    f"report:{BOARDS}", "bắt đầu", "nhiều lắm", "8/7 xã", "85%", "5/7 xã", "3", "quay lại", "giữ nguyên", "Chưa", "tốt",
    "1", "ok", "Đã lắp 5 bảng tin", "Thiếu kinh phí", "31/12/2024", "31/02/2024", "01/11/2024", "có ảnh", "bỏ qua",
    "sửa 3", "2", "sớm thôi", "cuối tháng 12", "sửa 1", "6/7", "sửa", "3", "giữ nguyên", "hủy", "làm tiếp", "nộp",
    f"report:{STATION}", "bắt đầu", "rồi", "xong", "Đã phát thử", "không có", "hôm qua", "125/BC-UBND", "nộp",
    "biểu mẫu", "bieumau:1", "bắt đầu", "Mây Trắng", "xã Rờ Kơi", "ngày mai", "hôm qua", "8/7", "5/7 thôn", "bỏ qua",
    "có", "6", "5", "Chợ huyện", "nhiều", "800 xe", "30 xe", "bỏ qua", "thêm", "gara", "12", "xong", "bốn", "xong",
    "không có", "sửa 3", "6/7", "xem", "nộp",
)  # fmt: skip
_CHANGING = re.compile(r"(?:form|bm):[0-9a-f]{6}|B[CM]-24-\w{6}")
"""What differs between two conversations by its nature: the form's key and the receipt."""


async def played(folder: Path, template: Path, catalog: Catalog, clock: TestClock, runner: Runner) -> list[Any]:
    """Every reply to the transcript, as it would be stored."""
    folder.mkdir()
    shutil.copy(template, folder / "loa.db")
    db = Database(f"sqlite:///{folder / 'loa.db'}")
    talk = Talk(db, catalog, Known(), clock.now(), "sathay")
    talk.desk = Desk(catalog, talk.known, runner)
    await talk.becomes_officer(SA_THAY)
    async with db.session() as session:
        row, _ = await bring_in(session, catalog.questionnaires["noi_sac_xe_dien"], "so", talk.now)
        put(session, row, FormState.OPEN, "so", talk.now)
        await session.commit()
    replies: list[Any] = []
    for line in TRANSCRIPT:
        await (talk.taps(line) if ":" in line else talk.says(line))
        replies.append([line, *(_CHANGING.sub("…", str(reply.to_json())) for reply in talk.replies)])
    await db.close()
    return replies


async def test_replies_are_equal_byte_for_byte(
    tmp_path: Path,
    province: Path,
    catalog: Catalog,
    clock: TestClock,
    form_server: str,
) -> None:
    here = await played(tmp_path / "here", province, catalog, clock, InProcessRunner())
    async with HttpRunner(form_server) as runner:
        there = await played(tmp_path / "there", province, catalog, clock, runner)
    assert there == here
    told = str(here)
    assert told.count("Đã nhận báo cáo") == 2
    assert told.count("Đã nộp «Rà soát nơi để, sạc xe điện") == 1
    assert "chưa kiểm tra được" not in told


async def test_an_unreachable_server_is_unavailable() -> None:
    async with HttpRunner("http://127.0.0.1:9") as runner:
        with pytest.raises(RunnerUnavailable):
            await runner.run({"next_action": "validate_progress_report"})


async def test_a_refusal_is_unavailable(form_server: str) -> None:
    async with HttpRunner(form_server) as runner:
        with pytest.raises(RunnerUnavailable):
            await runner.run({"next_action": "no_such_action", "tracker": {}, "domain": {}})
        with pytest.raises(RunnerUnavailable):
            await runner.run({})


def test_only_our_actions_are_served(form_server: str) -> None:
    served = {one["name"] for one in httpx.get(f"{form_server}/actions").json()}
    assert served == {"validate_progress_report", "validate_questionnaire"}


def test_the_actions_module_needs_nothing_of_the_house() -> None:
    """It is served alone: no database, no conversation, no platform may come with it."""
    import subprocess
    import sys

    code = "import sys, handlers.forms.actions; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not {"storage", "sqlmodel", "sqlalchemy", "bot", "aiogram", "fastapi"} & loaded
    ours = {name for name in done.stdout.split() if name.startswith("handlers.")}
    assert all(name.startswith("handlers.forms") for name in ours)
    assert not ours & {"handlers.forms.loop", "handlers.forms.runner"}
