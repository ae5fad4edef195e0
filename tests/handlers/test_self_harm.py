"""Words of despair are heard, figures of speech are not."""

from __future__ import annotations

import pytest

from handlers.emergencies.self_harm import speaks_of_self_harm


@pytest.mark.parametrize(
    "text",
    [
        "tôi muốn chết",
        "toi muon chet",
        "em chỉ muốn chết thôi",
        "vợ tôi ăn lá ngón tự tử",
        "nó uống thuốc sâu tự tử cứu với",
        "uong thuoc sau tu tu",
        "con toi muon tu tu",
        "Chán sống quá",
        "không muốn sống nữa",
        "khong muon song nua",
        "ổng nói không thiết sống",
        "uống thuốc trừ sâu cho chết",
        "chết quách cho xong",
        "uống bao nhiêu thuốc sâu thì chết",
        "lá ngón ăn mấy lá thì chết",
        "la ngon an may la thi chet",
        "uong may nap thuoc chuot thi chet",
        "làm sao để chết nhanh",
        "cách nào chết không đau",
    ],
)
def test_the_wish_to_die_is_heard(text: str) -> None:
    assert speaks_of_self_harm(text, poison_swallowed=False)


@pytest.mark.parametrize(
    "text",
    [
        "mệt muốn chết",
        "em đói muốn chết",
        "buồn cười muốn chết",
        "tôi muốn chết vì nóng",
        "ăn từ từ thôi",
        "an tu tu",
        "tư vấn giúp tôi",
        "muon tu van",
        "sạc trong tủ sắt được không",
        "sac trong tu sat",
        "ăn nấm dễ chết không",
        "an thit cho chet co sao khong",
        "nấu bao lâu cho chết vi khuẩn",
        "nó uống nhầm thuốc trừ sâu",
        "buồn nôn sau khi ăn",
        "ăn lá ngón có chết không",
        "thuốc chuột loại nào diệt chuột tốt",
        "gà chết bệnh có ăn được không",
    ],
)
def test_figures_of_speech_and_lookalikes_are_not(text: str) -> None:
    assert not speaks_of_self_harm(text, poison_swallowed=False)


@pytest.mark.parametrize("text", ["nuốt lá ngón vì buồn", "gian chong uong thuoc sau", "cãi nhau xong ăn lá ngón"])
def test_grief_counts_beside_a_swallowed_poison(text: str) -> None:
    assert speaks_of_self_harm(text, poison_swallowed=True)
    assert not speaks_of_self_harm(text, poison_swallowed=False)


def test_nausea_is_not_grief() -> None:
    assert not speaks_of_self_harm("ăn lá ngón xong buồn nôn", poison_swallowed=True)
