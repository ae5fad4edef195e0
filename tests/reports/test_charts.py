"""Charts: the labels are really drawn, in the order given, and lines of like names stay apart."""

from __future__ import annotations

import re

from bot.exports.charts import Bar, Cell, bars, heat_map, png, svg

LIGHTS = [("green", "đúng tiến độ"), ("red", "chậm")]
VIETNAMESE = "ăâđêôơư áàảãạ ắằẳẵặ ấầẩẫậ éèẻẽẹ ếềểễệ íìỉĩị óòỏõọ ốồổỗộ ớờởỡợ úùủũụ ứừửữự ýỳỷỹỵ"


def bar(label: str, percent: float = 50, told: str = "1/2") -> Bar:
    return Bar(label, percent, "green", told)


def drawn(spec: dict[str, object]) -> list[str]:
    """The words of the drawing, in the order they stand in it."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg(spec))


def test_bars_keep_the_order_given() -> None:
    words = drawn(bars([bar("Sa Thầy"), bar("Đăk Hà"), bar("Ia H'Drai")], "% mục tiêu", LIGHTS))
    assert [word for word in words if word in ("Sa Thầy", "Đăk Hà", "Ia H&#39;Drai", "Ia H'Drai")][:2] == [
        "Sa Thầy",
        "Đăk Hà",
    ]
    assert {"% mục tiêu", "đúng tiến độ", "chậm"} <= set(words)


def test_long_names_that_begin_alike_stay_two_lines() -> None:
    start = "Bảng tin công cộng tại xã Rờ Kơi và các xã lân cận của huyện"
    spec = bars([bar(f"{start} Sa Thầy"), bar(f"{start} Đăk Hà")], "%", LIGHTS)
    assert len({value["label"] for value in spec["data"]["values"]}) == 2


def test_a_bar_ends_at_its_target() -> None:
    [value] = bars([bar("Hội nghị", percent=250, told="250%")], "%", LIGHTS)["data"]["values"]
    assert (value["percent"], value["told"]) == (100, "250%")


def test_every_letter_of_vietnamese_leaves_ink() -> None:
    """A font without a letter draws nothing, and says nothing."""
    empty = png(bars([bar("x", told="")], "%", LIGHTS))
    for word in VIETNAMESE.split():
        pictures = {png(bars([bar("x", told=letter)], "%", LIGHTS)) for letter in word}
        assert len(pictures) == len(word), word
        assert empty not in pictures, word


def test_a_field_where_nothing_was_due_is_no_failure() -> None:
    spec = heat_map(
        [Cell("Sa Thầy", "11/2024", None, ""), Cell("Sa Thầy", "12/2024", 0.0, "0/3")], ["11/2024"], "tỷ lệ"
    )
    picture = svg(spec)
    assert "#eceff1" in picture
    assert "#c62828" in picture or "rgb(198, 40, 40)" in picture


def test_the_drawing_asks_for_nothing_from_outside() -> None:
    picture = svg(bars([bar('<script>alert("x")</script> & <b>')], "%", LIGHTS))
    assert "<script" not in picture
    assert not re.search(r"""(?:href|src)=["']?https?:""", picture)
