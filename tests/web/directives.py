"""Directives brought, looked at and put into force through the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from handlers.directives.draft import Draft
from storage.reviews import DirectiveReview
from tests.documents.measure import seed
from tests.web.office import words

if TYPE_CHECKING:
    import httpx

    from bot.app import Loa
    from tests.web.office import Browser


PLAN = """UBND TỈNH KON TUM
SỞ THÔNG TIN VÀ TRUYỀN THÔNG
Số: 120/KH-STTTT
Kon Tum, ngày 04 tháng 11 năm 2024

KẾ HOẠCH
Tuyên truyền an toàn pin lithium năm 2024

Kính gửi: UBND các huyện, thành phố.

I. NHIỆM VỤ
1. Xây dựng chuyên mục về an toàn pin xe điện
- Đơn vị chủ trì: Sở Y tế.
- Đơn vị phối hợp: UBND các huyện, thành phố.
- Thời gian hoàn thành: trước ngày 16 tháng 12 năm 2024.
2. Phát ít nhất 05 tin bài trên hệ thống truyền thanh cơ sở
- Đơn vị chủ trì: UBND các huyện, thành phố.
- Thời gian hoàn thành: trước ngày 20/12/2024.

II. TỔ CHỨC THỰC HIỆN
1. UBND các huyện, thành phố báo cáo kết quả về Sở Thông tin và Truyền thông trước ngày 25/12/2024.

GIÁM ĐỐC
Nguyễn Văn A
"""


async def bring(someone: Browser, text: str = "", name: str = "", content: bytes = b"") -> httpx.Response:
    files: dict[str, Any] = {"file": (name, content)} if name else {"file": ("", b"")}
    return await someone.http.post("/console/directives", data={"csrftoken": someone.token, "text": text}, files=files)


async def brought(someone: Browser, text: str = "") -> str:
    """The address of a freshly brought letter's page."""
    answer = await bring(someone, text or seed("003"))
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].removesuffix("/review")


async def draft_at(loa: Loa, path: str) -> Draft:
    async with loa.db.reading() as db:
        return Draft.model_validate((await db.get_one(DirectiveReview, path.rpartition("/")[2])).draft)


async def see_everything(someone: Browser, loa: Loa, path: str) -> None:
    keys = [part.key for part in (await draft_at(loa, path)).kept]
    data: dict[str, Any] = {"csrftoken": someone.token, "key": ["document", *keys]}
    await someone.http.post(f"{path}/review/see", data=data)


async def enforced(editor: Browser, approver: Browser, loa: Loa, path: str) -> httpx.Response:
    await see_everything(editor, loa, path)
    assert "Đã đánh dấu đã rà soát" in words(await editor.press(f"{path}/review"))
    page = await approver.get(path)
    revision = re.search(r'name="revision" value="(\d+)"', page.text)
    assert revision
    return await approver.press(f"{path}/enforce", revision=revision[1])
