"""The training data: it loads, contradicts nothing, and a fault names its place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from content.catalog import Catalog
from content.files import ContentError
from content.words import fold
from nlu.evaluation.rows import Row, read_rows
from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example, duplicates, load_examples
from nlu.verdict import INTENTS

HELD_OUT = Path(__file__).parent / "heldout.yaml"
SEALED = Path(__file__).parent / "sealed"


def _file(folder: Path, text: str) -> Path:
    (folder / "a.yml").write_text(text, encoding="utf-8")
    return folder


def test_every_entry_card_and_command_has_examples(catalog: Catalog) -> None:
    counts = Counter(example.intent for example in load_examples())
    wanted = {*catalog.faq, *INTENTS, OUT_OF_SCOPE, POSSIBLE, LOOKALIKE, *(EMERGENCY + card for card in catalog.cards)}
    assert set(counts) == wanted
    assert min(counts.values()) >= 15


def test_no_message_is_taught_as_two_things() -> None:
    assert not duplicates(load_examples()), "\n".join(map(str, duplicates(load_examples())))


def sealed() -> list[Row]:
    return [row for path in sorted(SEALED.glob("*.yaml")) if path.stem != "floors" for row in read_rows(path)]


def test_no_message_kept_for_measuring_is_trained_on() -> None:
    trained = {fold(example.text) for example in load_examples()}
    assert not [row.text for row in (*read_rows(HELD_OUT), *sealed()) if fold(row.text) in trained]


def test_sealed_messages_name_what_there_is(catalog: Catalog) -> None:
    for row in sealed():
        assert row.meaning in (None, OUT_OF_SCOPE, *catalog.faq, *INTENTS), row
        assert row.type is None or row.type in catalog.cards, row


def test_length_alone_does_not_tell_what_is_outside() -> None:
    """A model that only counted words would look good on messages that are short outside and long inside."""
    inside = [len(row.text.split()) for row in sealed() if row.domain in ("food", "battery")]
    outside = [len(row.text.split()) for row in sealed() if row.domain == "outside"]
    wins = sum((one > other) + (one == other) / 2 for one in inside for other in outside)
    assert 0.4 <= wins / len(inside) / len(outside) <= 0.6


def test_a_message_taught_twice_is_found_whatever_its_diacritics() -> None:
    examples = [
        Example("Sạc xe", "a", "a.yml", 1),
        Example("sac  xe", "b", "b.yml", 1),
        Example("sạc xe", "a", "a.yml", 1),
    ]
    (found,) = duplicates(examples)
    assert str(found) == "'sac xe': a (a.yml), b (b.yml)"


def test_entities_are_read_as_their_words_and_other_items_left_to_rasa(tmp_path: Path) -> None:
    text = (
        'version: "3.1"\nnlu:\n- intent: x\n  examples: |\n    - xã [Đăk Hà](agency) nhé\n'
        '    - mai [5]{"entity": "n"}\n'
        "- synonym: a\n  examples: |\n    - b\n"
    )
    found = load_examples(_file(tmp_path, text))
    assert [(example.text, example.intent, example.line) for example in found] == [
        ("xã Đăk Hà nhé", "x", 4),
        ("mai 5", "x", 4),
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("version: '2'\nnlu:\n- intent: x\n  examples: |\n    - a\n", 1, "version"),
        ("version: '3.1'\nnlu: 5\n", 2, "list"),
        ("version: '3.1'\nnlu:\n- intent: x\n", 3, "text block"),
        ("version: '3.1'\nnlu:\n- intent: x\n  examples: |\n    a\n", 4, "not an example"),
        ("version: '3.1'\nnlu:\n- name: x\n", 3, "intent"),
        ("version: '3.1'\nnlu: [\n", 3, "YAML"),
    ],
)
def test_a_fault_names_file_line_and_reason(tmp_path: Path, text: str, line: int, reason: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_examples(_file(tmp_path, text))
    fault = caught.value.faults[0]
    assert (fault.file, fault.line) == ("a.yml", line)
    assert reason in fault.reason


def test_a_folder_without_examples_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        load_examples(tmp_path)
