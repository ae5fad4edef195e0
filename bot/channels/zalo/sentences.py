"""The operator's sentence about a code of Zalo's: what it means and what to do."""

from __future__ import annotations

from content.text import Texts


def sentence(text: Texts, code: str) -> str:
    """The sentence about a code of the OA API or of OAuth; empty for a code nobody has documented."""
    for key in (f"zalo.code.{code}", f"zalo.oauth.{code}"):
        if key in text:
            return text(key)
    return ""


def template_sentence(text: Texts, code: str) -> str:
    """The sentence about a code of template messages, whose numbers mean something else."""
    key = f"zalo.template_code.{code}"
    return text(key) if key in text else ""
