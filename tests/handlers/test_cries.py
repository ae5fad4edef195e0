"""Lines that say too little to be understood, yet call for help."""

from __future__ import annotations

import pytest

from handlers.emergencies.cries import is_cry
from tests.handlers.talk import Talk


@pytest.mark.parametrize(
    "text",
    ["CHAY!!!!!!", "cháy rồi", "chaaaay", "cuuuuu", "cuuuu voiiii", "cứu con tôi với", "gọi cứu thương giúp", "cap cuu",
     "bị ong đốt khó thở", "ko tho dc", "alo 115", "ba tôi bất tỉnh", "tai nạn xe", "bé không tỉnh lại"],
)  # fmt: skip
async def test_a_cry_gets_the_numbers_to_call(talk: Talk, text: str) -> None:
    said = await talk.says(text)
    assert "gọi ngay: 115" in said
    assert talk.calls == ["115", "114", "113"]
    assert talk.buttons


@pytest.mark.parametrize(
    "text",
    ["con mèo kêu gì", "chạy xe máy", "cháy hàng", "giá 1150000 đồng", "nghiên cứu", "cứu trợ bão lụt", "cu tôi",
     "chay show ca nhac", "cuốn sổ", "hôm nay trời đẹp " * 5 + "khó thở"],
)  # fmt: skip
def test_other_words_are_none(text: str) -> None:
    assert not is_cry(text)
