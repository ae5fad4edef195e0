"""starlette-admin in Vietnamese: it ships without, so its messages are taken from ``vi/text/tables.yaml``."""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog as Messages
from babel.messages.mofile import write_mo
from babel.support import Translations
from starlette_admin import i18n

from content.text import Texts

LOCALE = "vi"
ROOM = "tables"


def speak_vietnamese(text: Texts) -> None:
    """Add Vietnamese to the languages starlette-admin knows, for the whole process."""
    messages = Messages(locale=LOCALE)
    for english, vietnamese in text.section(ROOM).items():
        messages.add(english, vietnamese)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    i18n.translations[LOCALE] = Translations(compiled, domain="admin")
    if LOCALE not in i18n.SUPPORTED_LOCALES:
        i18n.SUPPORTED_LOCALES.append(LOCALE)
