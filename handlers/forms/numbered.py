"""Several answers in one message: ``1: 12; 2: 3; 3: không``, on one line or on several."""

from __future__ import annotations

import re

_PART = re.compile(r"(?:c[âa]u\s*)?(\d{1,2})\s*:\s*(?!//)(.+)", re.IGNORECASE | re.DOTALL)


def numbered_answers(text: str) -> list[tuple[int, str]]:
    """The numbers and answers a message consists of; empty when it is one answer."""
    found: list[tuple[int, str]] = []
    for part in re.split(r"[;\n]+", text):
        match = _PART.fullmatch(part.strip())
        if match:
            found.append((int(match[1]), match[2]))
        elif found and part.strip():
            found[-1] = (found[-1][0], f"{found[-1][1]}; {part.strip()}")
        elif part.strip():
            return []
    return found
