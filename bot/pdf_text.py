"""The text of a PDF, taken in a process of its own with bounds on time and memory: a hostile file harms nothing else.

Run as ``python -m bot.pdf_text`` it reads the file on standard input and writes its text, or ends with the number of
the fault.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys

MOST_PAGES = 500
MOST_SECONDS = 40
"""Of computing; pages of an official document take about 20 ms each."""
MOST_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
FAULTS = {3: "damaged", 4: "locked", 5: "too_long"}
"""Exit codes by the key of the fault; any other end is a file beyond the bounds."""
_LONGEST_OUTPUT = 20_000_000
_CODES = {key: code for code, key in FAULTS.items()}


class PdfFault(Exception):
    """The text cannot be taken; ``key`` is one of ``FAULTS`` or ``too_hard``."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def pdf_text(content: bytes) -> str:
    """The text of a PDF, pages divided by form feeds. Raises PdfFault."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot.pdf_text"], input=content, capture_output=True, timeout=2 * MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise PdfFault("too_hard") from None
    if done.returncode:
        raise PdfFault(FAULTS.get(done.returncode, "too_hard"))
    return done.stdout.decode("utf-8")


def _take(content: bytes) -> str:
    """Raises PdfFault, and whatever the library raises for a broken file."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise PdfFault("locked")
    if len(reader.pages) > MOST_PAGES:
        raise PdfFault("too_long")
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(page.extract_text())
        length += len(pages[-1])
        if length > _LONGEST_OUTPUT:
            raise PdfFault("too_long")
    return "\n\f".join(pages)


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        text = _take(sys.stdin.buffer.read())
    except PdfFault as fault:
        return _CODES[fault.key]
    except (MemoryError, RecursionError):
        return 1
    except Exception:  # the library raises whatever a broken part of the file leads to
        return _CODES["damaged"]
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
