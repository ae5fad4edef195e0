"""Charts: the labels are really drawn, in the order given, and lines of like names stay apart."""

from __future__ import annotations

import re

from bot.exports.charts import Bar, Cell, bars, heat_map, png, svg
from bot.exports.plan_charts import heat_chart
from content.catalog import Catalog

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


def agency(name: str, overdue: int, **months: tuple[int, int, int, int]) -> dict[str, object]:
    """A row of the sums; months as ``m2024_12=(owed, on time, late, overdue)``."""
    keys = ("owed", "on_time", "late", "overdue")
    cells = {key[1:].replace("_", "-"): dict(zip(keys, cell, strict=True)) for key, cell in months.items()}
    return {"name": name, "overdue": overdue, "late": 0, "months": cells}


def test_the_heat_map_begins_with_the_agency_most_overdue(catalog: Catalog) -> None:
    sums = {
        "agencies": [
            agency("Sở Y tế", 0, m2024_11=(2, 2, 0, 0), m2025_01=(3, 0, 0, 0)),
            agency("Sa Thầy", 4, m2024_11=(5, 1, 0, 4)),
            agency("Đăk Hà", 0, m2025_01=(3, 0, 0, 0)),
        ]
    }
    spec = heat_chart(sums, catalog.text)
    assert spec is not None
    assert [(cell["row"], cell["column"], cell["share"], cell["told"]) for cell in spec["data"]["values"]] == [
        ("Sa Thầy", "11/2024", 0.2, "1/5"),
        ("Sở Y tế", "11/2024", 1.0, "2/2"),
    ], "what is still to come is not drawn"
    assert heat_chart({"agencies": sums["agencies"][2:]}, catalog.text) is None
