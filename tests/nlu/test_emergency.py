"""Emergencies: every rule has examples for and against, look-alikes raise no alarm, both ways of typing work."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.catalog import Catalog, load_catalog
from content.emergency_rules import FILE, EmergencyRules, Rule, load_emergency_rules
from content.files import ROOT, ContentError
from content.lexicon import load_lexicon
from content.words import fold
from nlu.alarm import AlarmTable, Reading
from nlu.emergency import level_of
from nlu.normalize import Normalizer
from nlu.understanding import Understander
from nlu.verdict import Level

NORMALIZER = Normalizer(load_lexicon())
RULES = load_emergency_rules(load_catalog().cards)
TABLE = AlarmTable(RULES)

CERTAIN = {
    "xe điện nhà em đang bốc cháy": ("fire", "battery_fire"),
    "sạc dự phòng xì khói trên bàn": ("fire", "battery_smoke_hiss"),
    "đang sạc mà nghe mùi khét lẹt": ("fire", "battery_charging_smell"),
    "tụi em kẹt trên tầng 5 khói đầy hành lang": ("fire", "trapped_in_smoke"),
    "hầm gửi xe chung cư đang cháy": ("fire", "basement_fire"),
    "đang chạy xe máy điện thì bốc khói giữa đường rồi": ("fire", "ev_on_road"),
    "con bé bị phỏng hai tay vì pin nổ": ("fire", "burn"),
    "chồng em bị điện giật nằm bất tỉnh": ("fire", "electric_shock"),
    "mẹ em ăn xong nôn liên tục rồi lịm đi": ("food", "food_poisoning_general"),
    "cả nhà ăn cỗ xong đều ói và đau bụng": ("food", "food_mass"),
    "ba em ăn nấm rừng giờ nói nhảm": ("food", "food_mushroom"),
    "ăn cá ủ chua xong mờ mắt, nuốt không được": ("food", "food_botulism"),
    "anh ấy nhậu xong gọi không dậy, thở khò khè": ("food", "food_methanol"),
    "em gái tôi ăn lá ngón rồi": ("food", "food_plant_la_ngon"),
    "ăn cá nóc tê hết môi lưỡi": ("food", "food_toad_pufferfish"),
    "cháu ăn củ mì xong tím tái co giật": ("food", "food_cassava"),
    "bé nhà em tiêu chảy mắt trũng lừ đừ": ("food", "food_child"),
    "ăn tôm xong nổi mề đay khó thở": ("food", "food_allergy"),
    "bà cụ uống nhầm thuốc trừ sâu": ("food", "food_chemical"),
}
NOT_CERTAIN = [
    "nếu pin bốc cháy thì làm gì trước", "giả sử ăn nhầm nấm độc thì sao", "năm ngoái nhà tôi bị cháy một lần",
    "xem tivi thấy vụ cháy chung cư", "mơ thấy cháy nhà", "mai diễn tập chữa cháy lúc mấy giờ",
    "hàng này cháy hàng rồi",
    "mức phạt để xảy ra cháy", "phòng ngộ độc thực phẩm mùa hè", "ăn chay có tốt không", "cười chết mất",
    "no bụng quá", "kẹt xe ở cầu", "đội bóng đá mấy giờ", "dị ứng thời tiết", "không có gì cháy đâu, em hỏi cho biết",
]  # fmt: skip


def read(text: str) -> Reading:
    return TABLE.read(NORMALIZER.normalize(text))


def _examples(rules: EmergencyRules, kind: str) -> list[tuple[Rule, str]]:
    return [(rule, text) for rule in rules.rules for text in (rule.for_ if kind == "for" else rule.against)]


@pytest.mark.parametrize(("rule", "text"), _examples(RULES, "for"), ids=lambda value: getattr(value, "id", value))
def test_a_rule_sees_what_it_is_for(rule: Rule, text: str) -> None:
    reading = read(text)
    assert rule.id in {held.id for held in reading.rules}
    assert not reading.calm


@pytest.mark.parametrize(("rule", "text"), _examples(RULES, "against"), ids=lambda value: getattr(value, "id", value))
def test_a_rule_leaves_alone_what_it_is_not_for(rule: Rule, text: str) -> None:
    reading = read(text)
    assert reading.calm or rule.id not in {held.id for held in reading.rules}


@pytest.mark.parametrize(("text", "found"), CERTAIN.items())
def test_every_kind_of_emergency_is_seen(understander: Understander, text: str, found: tuple[str, str]) -> None:
    for typed in (text, fold(text), text.upper()):
        emergency = understander.understand(typed).emergency
        assert (emergency.level, emergency.domain, emergency.type) == (Level.CERTAIN, *found)


@pytest.mark.parametrize("text", NOT_CERTAIN)
def test_what_only_looks_like_one_raises_no_alarm(understander: Understander, text: str) -> None:
    for typed in (text, fold(text)):
        assert understander.understand(typed).emergency.level is not Level.CERTAIN


def test_a_condition_silences_its_sentence_only(understander: Understander) -> None:
    assert not read("nếu xe điện cháy thì làm gì").rules
    assert read("nếu xe điện cháy thì làm gì. xe điện nhà em đang bốc khói").rules
    assert understander.understand("xe điện đang cháy, nếu mở cửa thì sao").emergency.level is Level.CERTAIN


def test_an_emergency_deep_in_a_long_message_is_seen(understander: Understander) -> None:
    around = "Dạ em chào anh chị, nhà em ở xa trung tâm, đường đi khó, sóng điện thoại yếu. " * 6
    text = f"{around} Chồng em ăn nấm rừng xong co giật rồi. {around}"
    emergency = understander.understand(text).emergency
    assert (emergency.level, emergency.type) == (Level.CERTAIN, "food_mushroom")


@pytest.mark.parametrize("margin", [-9.0, 0.0, 9.0])
def test_the_model_never_takes_back_what_a_rule_raised(margin: float) -> None:
    rule = RULES.rules[0]
    named = Reading(frozenset({"mushroom", "vomit", "victim"}), frozenset(), (rule,))
    assert level_of(named, margin, margin) is Level.CERTAIN
    nobody = Reading(frozenset({"mushroom", "vomit"}), frozenset(), (rule,))
    assert level_of(nobody, -9.0, -9.0) is Level.POSSIBLE
    asked = Reading(frozenset({"mushroom", "vomit", "victim"}), frozenset({"asked"}), (rule,))
    assert level_of(asked, -9.0, -9.0) is Level.POSSIBLE


def test_the_model_adds_what_no_rule_knows() -> None:
    unseen = Reading(frozenset(), frozenset(), ())
    assert level_of(unseen, 5.0, 5.0) is Level.CERTAIN
    assert level_of(unseen, 0.0, 1.0) is Level.POSSIBLE
    assert level_of(unseen, -3.0, -3.0) is Level.NONE


def test_it_takes_more_where_the_table_finds_the_past_or_news() -> None:
    past = Reading(frozenset(), frozenset({"past"}), ())
    assert level_of(past, 2.0, 1.0) is Level.NONE
    assert level_of(past, 9.0, 9.0) is Level.CERTAIN


def test_every_type_has_a_rule(catalog: Catalog) -> None:
    assert {rule.type for rule in RULES.rules if rule.level == "certain"} == set(catalog.cards)


def test_a_rule_of_an_unknown_type_or_concept_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "vi").mkdir()
    text = (ROOT / FILE).read_text(encoding="utf-8").replace("[[mushroom],", "[[mushrom],", 1)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_emergency_rules({rule.type for rule in RULES.rules} - {"burn"}, tmp_path)
    reasons = [str(fault) for fault in caught.value.faults]
    assert any("no concept mushrom" in reason for reason in reasons)
    assert any("no card burn" in reason for reason in reasons)
    assert all(fault.line > 1 for fault in caught.value.faults)
