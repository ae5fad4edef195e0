"""A loudspeaker script as a Word document: large type, wide lines, one broadcast a part, what to look at again last."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from bot.exports.pages import CENTRE, JUSTIFY, LEFT, blank, line
from content.catalog import Catalog
from content.figures import moment
from handlers.loudspeaker.script import Script
from handlers.turn import LOCAL

READING = 16
"""Points of what is read aloud: seen from an arm's length."""
SMALL = 12


def write_script(script: Script, catalog: Catalog, now: datetime) -> bytes:
    """The script as the bytes of a .docx file."""
    text = catalog.text
    document = blank()
    office = catalog.agency_name(catalog.province.department.id)
    line(document, office.upper(), SMALL + 1, CENTRE, bold=True)
    line(document, text("loudspeaker.docx.kind"), READING, CENTRE, bold=True, before=14)
    line(document, text("loudspeaker.docx.for"), SMALL + 2, CENTRE, italic=True)
    length = text("loudspeaker.docx.length", seconds=script.seconds, syllables=script.syllables)
    line(document, length, SMALL, CENTRE, italic=True, after=10)
    for number, part in enumerate(script.parts, 1):
        if len(script.parts) > 1:
            heading = text("loudspeaker.docx.part", number=number, seconds=part.seconds)
            line(document, heading, SMALL + 2, LEFT, bold=True, before=12, together=True)
        for sentence in part.sentences:
            line(document, sentence.text, READING, JUSTIFY, before=6, spacing=1.5)
    line(document, text("loudspeaker.docx.sources"), SMALL, LEFT, bold=True, before=18, together=True)
    for one in script.items:
        source = text("loudspeaker.page.source", document=one.document(catalog), number=one.number)
        line(document, source, SMALL, LEFT)
    if script.unsure:
        look = text("loudspeaker.docx.look_again", words="; ".join(script.unsure))
        line(document, look, SMALL, LEFT, bold=True, before=8)
    printed = text("loudspeaker.docx.printed", moment=moment(now.astimezone(LOCAL)))
    line(document, printed, SMALL, LEFT, italic=True, before=8)
    file = BytesIO()
    document.save(file)
    return file.getvalue()
