"""What a file is, told by its first bytes: names and what a sender says are only names."""

from __future__ import annotations

import io
import zipfile

from storage.files import SHEET, WORD

_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_OFFICE = {"doc": "application/msword", "xls": "application/vnd.ms-excel"}
"""Word and Excel of before 2007 begin alike; of these two the name tells."""
MOST_MEMBERS = 5000
"""Files in a document's archive; an ordinary one has some twenty."""
ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    WORD: "docx",
    SHEET: "xlsx",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
}
"""Every media type that is taken in, and the ending its name gets."""


def media_type(content: bytes, name: str) -> str:
    """The media type of a file, one of ENDINGS; empty when it is none of them. Nothing is unpacked."""
    for beginning, found in _BEGINNINGS:
        if content.startswith(beginning):
            return found
    if content.startswith(_OLE):
        return _OLD_OFFICE.get(name.rpartition(".")[2].lower(), "")
    if content.startswith(b"PK\x03\x04"):
        return _of_archive(content)
    return ""


def _of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        return ""
    if len(members) > MOST_MEMBERS or "[Content_Types].xml" not in members:
        return ""
    if "word/document.xml" in members:
        return WORD
    return SHEET if "xl/workbook.xml" in members else ""
