"""Every code of Zalo's that Loa knows has an operator's sentence, and the ledger shows it."""

from __future__ import annotations

import re

from bot.channels.zalo import templates
from bot.channels.zalo.errors import ZALO_ERRORS
from bot.channels.zalo.oauth import _OUR_SETTINGS
from bot.channels.zalo.sentences import sentence, template_sentence
from content.text import Texts


def test_every_known_code_has_a_sentence_that_says_what_to_do(text: Texts) -> None:
    for code in [*ZALO_ERRORS, *_OUR_SETTINGS, -14005, -14014, -14020, -14012, -14024]:
        words = sentence(text, str(code))
        assert re.search(r"\. .+\.$|Loa tự|chờ|đăng ký|quan tâm", words), code


def test_template_codes_are_told_apart(text: Texts) -> None:
    assert template_sentence(text, "-118") != sentence(text, "-118")
    assert "Gọi điện" in template_sentence(text, "-118")
    documented = {-32, -100, -117, -118, -119, -120, -131, -132, -133, -144, -146, -147, -1441, -1471, -1472}
    documented |= {-1121, -1122, -1124, -124, -125, -126, -127, *range(-115, -100), *range(-141, -134)}
    for code in documented | templates._GONE | templates._ACCOUNT | templates._LATER:
        assert template_sentence(text, str(code)), code


def test_an_unknown_code_has_none(text: Texts) -> None:
    assert sentence(text, "-4711") == ""
    assert template_sentence(text, "http_500") == ""
