"""From a file a person brings to the text of an official document, and from the text to its reading.

.txt and .md in UTF-8, .docx, .pdf with text in it. A file that cannot be read ends in an ``ImportFault`` whose key
names a sentence saying what to do.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from bot.old_letters import in_old_letters
from bot.pdf_text import PdfFault, pdf_text
from content.catalog import Catalog
from content.text import Texts
from nlu.documents.layout import LONGEST
from nlu.documents.reader import read_document
from nlu.documents.reading import Doubt, Reading
from nlu.entities.agencies import AgencyFinder

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
"""Bytes a .docx may hold unpacked."""
MOST_XML = 40 * 1024 * 1024
"""Bytes of its words and their layout; pictures may take the rest."""
FEWEST_LETTERS = 20
"""A document with fewer has no text: scanned pages, an empty form."""

_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""What an Office file with a password holds ([MS-OFFCRYPTO] 2.3.4.4)."""
_MACROS = frozenset((".docm", ".dotm", ".xlsm"))
_IMAGES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"))
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*")


class ImportFault(Exception):
    """A file cannot be read. ``key`` names the sentence under ``directive.fault``, ``params`` fill it."""

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)

    def sentence(self, text: Texts) -> str:
        """What is wrong and what to do, in words."""
        return text(f"directive.fault.{self.key}", **self.params)


def read_file(path: Path) -> str:
    """The text of the file at ``path``. Raises ImportFault."""
    return text_of(path.name, file_bytes(path))


def file_bytes(path: Path) -> bytes:
    """What is in the file at ``path``. Raises ImportFault."""
    try:
        if path.is_dir():
            raise ImportFault("folder")
        if path.stat().st_size > MOST_BYTES:
            raise ImportFault("too_big", most=MOST_BYTES // 1024 // 1024)
        return path.read_bytes()
    except FileNotFoundError:
        raise ImportFault("missing") from None
    except OSError as error:
        raise ImportFault("unreadable", reason=error.strerror or type(error).__name__) from None


def text_of(name: str, content: bytes) -> str:
    """The text of a file called ``name``; the name's ending says what it should be. Raises ImportFault."""
    ending = PurePath(name).suffix.lower()
    if ending in _READERS and content.startswith(_OLE) and _LOCKED in content:
        raise ImportFault("locked_word")
    if ending == ".doc" or (ending in _READERS and content.startswith(_OLE)):
        raise ImportFault("old_word")
    if ending in _MACROS:
        raise ImportFault("macros")
    if ending in _IMAGES or (ending in _READERS and content.startswith(_PICTURES)):
        raise ImportFault("image")
    if ending not in _READERS:
        raise ImportFault("unknown_kind", ending=ending or "?")
    if len(content) > MOST_BYTES:
        raise ImportFault("too_big", most=MOST_BYTES // 1024 // 1024)
    if not content.strip():
        raise ImportFault("empty")
    text = _READERS[ending](content)
    if len(text) > LONGEST:
        raise ImportFault("too_long", most=LONGEST)
    if in_old_letters(text):
        raise ImportFault("old_letters")
    if sum(letter.isalpha() for letter in text[:10_000]) < FEWEST_LETTERS:
        raise ImportFault("scanned" if ending == ".pdf" else "empty")
    return text


def read_text(text: str, catalog: Catalog) -> Reading:
    """What is read in the text of an official document."""
    finder = AgencyFinder(catalog.province.agencies.known)
    return read_document(text, finder, catalog.province.department.province)


def reading_of(text: str, catalog: Catalog) -> dict[str, Any]:
    """The reading of an official document as JSON, warnings in words."""
    return in_words(read_text(text, catalog), catalog.text)


def in_words(found: Reading, text: Texts) -> dict[str, Any]:
    """A reading as JSON, warnings in words."""
    return found.to_json(partial(_sentence, text))


def _sentence(text: Texts, doubt: Doubt) -> str:
    words = doubt_words(text, doubt)
    return text("directive.at_line", line=doubt.line, words=words) if doubt.line else words


def doubt_words(text: Texts, doubt: Doubt) -> str:
    """What the reader was unsure about, as a sentence."""
    return text(f"directive.doubt.{doubt.code}", about=doubt.about)


def _plain(content: bytes) -> str:
    if content.startswith((_PDF, _ZIP)):
        raise ImportFault("wrong_ending")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportFault("not_utf8")
    if b"\x00" in content:
        raise ImportFault("not_text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFault("not_utf8") from None


def _docx(content: bytes) -> str:
    if not content.startswith(_ZIP):
        raise ImportFault("wrong_ending" if content.startswith(_PDF) or content[:64].isascii() else "damaged")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "word/document.xml" not in archive.namelist():
                raise ImportFault("wrong_ending")
            if "word/vbaProject.bin" in archive.namelist():
                raise ImportFault("macros")
            words = sum(entry.file_size for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels")))
            if words > MOST_XML or sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise ImportFault("too_big", most=MOST_BYTES // 1024 // 1024)
        from bot.docx_text import docx_text  # half a second of imports, only for this kind

        return docx_text(content)
    except ImportFault:
        raise
    except Exception as error:  # the libraries raise whatever a broken part of the file leads to
        raise ImportFault("damaged") from error


def _pdf(content: bytes) -> str:
    if _PDF not in content[:1024]:
        raise ImportFault("wrong_ending" if content.startswith(_ZIP) or content[:64].isascii() else "damaged")
    try:
        return pdf_text(content)
    except PdfFault as fault:
        raise ImportFault(fault.key, most=LONGEST) from None


_READERS: dict[str, Callable[[bytes], str]] = {".txt": _plain, ".md": _plain, ".docx": _docx, ".pdf": _pdf}
