"""Phrases, parts, features and BM25: the ground the models stand on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from content.lexicon import load_lexicon
from nlu.features import Tokenizer, View, terms_of
from nlu.parts import SHORT, parts
from nlu.phrases import Found, PhraseTable
from nlu.ranking import Ranker

WORDS = st.lists(st.sampled_from(["ăn", "nấm", "rừng", "xe", "điện", "cháy", ",", "."]), max_size=120)


def test_phrases_are_found_with_their_places() -> None:
    table = PhraseTable([("ăn nấm", "mushroom"), ("nấm", "mushroom"), ("gọi ~ không dậy", "faint")])
    found = list(table.find(["con", "ăn", "nấm", "rồi", "gọi", "hoài", "không", "dậy"]))
    assert found == [Found("mushroom", 1, 3), Found("mushroom", 2, 3), Found("faint", 4, 8)]


def test_a_gap_holds_at_most_three_words() -> None:
    table = PhraseTable([("gọi ~ dậy", "wake")])
    assert list(table.find(["gọi", "a", "b", "c", "dậy"]))
    assert not list(table.find(["gọi", "a", "b", "c", "d", "dậy"]))


@given(WORDS)
def test_parts_hold_every_word_and_are_short(words: list[str]) -> None:
    text = " ".join(words)
    found = parts(text)
    if len(words) <= SHORT:
        assert found == []
    else:
        assert set(" ".join(found).split()) == set(words)
        assert all(len(part.split()) <= SHORT for part in found)


def test_a_long_message_is_cut_at_its_clauses() -> None:
    clause = "nhà em ở xa bệnh viện lắm,"
    assert parts(" ".join([clause] * 12))[0] == " ".join([clause] * 4)
    assert not parts(" ".join([clause] * 8))


def test_a_message_without_diacritics_is_known_as_one() -> None:
    tokenizer = Tokenizer(load_lexicon().concepts)
    assert not tokenizer.tokens("xe dien boc chay").accented
    assert not tokenizer.tokens("ngo doc roi làm sao day troi").accented
    assert tokenizer.tokens("xe điện bốc cháy").accented
    assert tokenizer.tokens("xe dien boc chay").concepts == ("ebike", "fire")


def test_features_have_unit_length_and_leave_out_the_unknown() -> None:
    view = View.learnt([["sạc", "xe"], ["sạc", "pin"], ["nấm", "độc"]], [["a"], [], ["a"]])
    _, weights = view.features(["sạc", "xe", "lạ"], [])
    assert np.isclose(float(weights @ weights), 1.0)
    ids, weights = view.features([], [])
    assert len(ids) == len(weights) == 0


def test_bm25_prefers_the_document_with_the_rare_word() -> None:
    ranker = Ranker.learnt([terms_of(("pin", "phồng")), terms_of(("pin", "cháy")), []])
    scores = ranker.scores(["phồng", "pin"])
    assert scores.argmax() == 0
    assert scores[2] == 0
    assert not ranker.scores(["nấm"]).any()
