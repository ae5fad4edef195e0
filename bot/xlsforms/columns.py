"""What of XLSForm is taken, as what, and what is Loa's own: types of questions and columns."""

from __future__ import annotations

from content.questionnaires import Kind

KINDS = {
    "integer": Kind.INTEGER, "int": Kind.INTEGER, "decimal": Kind.DECIMAL, "text": Kind.TEXT, "string": Kind.TEXT,
    "date": Kind.DATE, "note": Kind.NOTE, "calculate": Kind.CALCULATION, "image": Kind.PHOTO, "photo": Kind.PHOTO,
    "file": Kind.FILE, "select_one": Kind.ONE, "select_multiple": Kind.MANY,
}  # fmt: skip
"""Types of XLSForm."""
WRITTEN = {
    Kind.INTEGER: "integer", Kind.DECIMAL: "decimal", Kind.PERCENT: "decimal", Kind.RATIO: "text",
    Kind.MONEY: "integer", Kind.DATE: "date", Kind.PERIOD: "text", Kind.ONE: "select_one",
    Kind.MANY: "select_multiple", Kind.TEXT: "text", Kind.PHOTO: "image", Kind.FILE: "file", Kind.AGENCY: "text",
    Kind.PLACE: "text", Kind.NOTE: "note", Kind.CALCULATION: "calculate",
}  # fmt: skip
"""The type each kind is written as; where several share one, the column KIND tells them apart."""
FINER = {
    Kind.PERCENT: {Kind.DECIMAL, Kind.INTEGER}, Kind.MONEY: {Kind.DECIMAL, Kind.INTEGER}, Kind.RATIO: {Kind.TEXT},
    Kind.PERIOD: {Kind.TEXT}, Kind.AGENCY: {Kind.TEXT}, Kind.PLACE: {Kind.TEXT},
}  # fmt: skip
"""Kinds the column KIND may name, with what the type must be."""
METADATA = frozenset(
    {
        "start", "end", "today", "deviceid", "phonenumber", "simserial", "subscriberid", "username", "email", "audit",
        "start_geopoint", "background_audio", "background_geopoint",
    }
)  # fmt: skip
"""Types a device fills in by itself: left out, and said."""
BEGIN = {"begin_group": "group", "begin_repeat": "repeat"}
END = frozenset({"end_group", "end_repeat"})
GROUPS = {"begin group": "begin_group", "begin repeat": "begin_repeat", "end group": "end_group",
          "end repeat": "end_repeat"}  # fmt: skip

KIND, UNIT, EXAMPLE, BEFORE = "loa::kind", "loa::unit", "loa::example", "loa::before"
WARNING, WARNING_MESSAGE, PER, ABOUT = "loa::warning", "loa::warning_message", "loa::per", "loa::about"
OWN = frozenset({KIND, UNIT, EXAMPLE, BEFORE, WARNING, WARNING_MESSAGE})
"""Columns of Loa's own on the sheet of questions."""

REFUSED = frozenset({"choice_filter", "trigger", "save_to", "parameters"})
"""Columns that change what is asked, and are not supported."""
SHOWN_ONLY = frozenset(
    {
        "appearance", "guidance_hint", "required_message", "image", "audio", "video", "big_image", "rows", "autoplay",
        "media::image", "media::audio", "media::video", "media::big_image", "body::accuracythreshold",
    }
)  # fmt: skip
"""Columns about how a question looks on a device: left out, and said."""
