"""An edition in words: the main message, its details, one item. Channel-neutral; channels lay the replies out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from content.catalog import Catalog
from handlers.digests.weeks import Week
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import LOCAL
from storage.reports import HANDED_IN

MAIN_LIMIT = 1650
"""Longest main message in characters: one Zalo message, with room for what a channel adds."""
LABEL_LIMIT = 40
"""Longest label of a button made from a title, in characters."""
PLACES_LIMIT = 60
"""Characters the places of a task may take in the main message before they are only counted."""
DIGEST, ITEM = "d", "i"
"""What a button answers to: a week's digest, or one item."""
BUTTONS = 5
"""Buttons under one message, as many as the narrowest channel has."""
ITEM_BUTTONS = 2
"""Most items with a button of their own under the main message; none while the answers to it take the room."""
SQUEEZES = (
    (9, 9, 130),
    (9, 5, 120),
    (9, 3, 110),
    (9, 2, 100),
    (7, 2, 100),
    (6, 2, 90),
    (5, 2, 80),
    (4, 1, 80),
    (3, 1, 80),
    (2, 1, 70),
    (1, 1, 60),
)
"""Entries a section with deadlines may show, entries any other section may show, characters of a title: tried in turn
until the main message fits."""
DOCUMENT_LIMIT = 100
"""Longest name of a document in the main message, in characters."""

Json = Mapping[str, Any]


def edition_reply(catalog: Catalog, body: Json, acknowledge: bool = True) -> Reply:
    """The main message of an edition: compact, with its buttons. Never longer than MAIN_LIMIT."""
    text = ""
    for pressing, other, width in SQUEEZES:
        text = _Page(catalog, pressing, other, width).main(body, acknowledge)
        if len(text) <= MAIN_LIMIT:
            break
    acts = _acts(catalog, body, acknowledge)
    return Reply(text[:MAIN_LIMIT], (*acts, *item_choices(catalog, body, min(ITEM_BUTTONS, BUTTONS - len(acts)))))


def details_reply(catalog: Catalog, body: Json, acknowledge: bool = True) -> Reply:
    """Everything in the edition: every item with what it asks, every task. May take several messages."""
    acts = [choice for choice in _acts(catalog, body, acknowledge) if choice.value.startswith(("ack:", "reports"))]
    return Reply(_Page(catalog).details(body), (*acts, *item_choices(catalog, body, BUTTONS - len(acts))))


def answers_to(catalog: Catalog, kind: str, name: str) -> tuple[Choice, Choice, Choice]:
    """The three answers to a digest or an item: taken in, given to somebody, unclear. ``kind`` is DIGEST or ITEM."""
    take = choice_value("ack", name) if kind == DIGEST else choice_value("take", name)
    return (
        Choice(catalog.text("digest.button.acknowledge"), take),
        Choice(catalog.text("taking.button.hand"), choice_value("hand", kind, name)),
        Choice(catalog.text("taking.button.unclear"), choice_value("unclear", kind, name)),
    )


def has_news(body: Json) -> bool:
    """Whether the edition holds anything that was not in force the week before already."""
    return any(not entry["continued"] for entry in [*body["items"], *body["topics"]])


def item_choices(catalog: Catalog, body: Json, most: int) -> tuple[Choice, ...]:
    """Buttons that open the edition's items, the agency's own before those it only makes known."""
    entries = [*body["items"], *body["topics"]][:most]
    return tuple(item_choice(catalog, entry["id"], entry["number"], entry["title"]) for entry in entries)


def item_choice(catalog: Catalog, item_id: str, number: str, title: str) -> Choice:
    return Choice(item_label(catalog, number, title), choice_value("item", item_id))


def item_label(catalog: Catalog, number: str, title: str) -> str:
    """What a button about an item says, at most LABEL_LIMIT characters."""
    return shortened(catalog.text("digest.button.item", number=number, title=title), LABEL_LIMIT)


def week_words(body: Json) -> dict[str, str]:
    """``week``, ``first`` and ``last`` as texts about an edition want them."""
    return week_span(Week.parse(body["week"]))


def week_span(week: Week) -> dict[str, str]:
    """``46/2024``, ``11/11``, ``17/11/2024``; the first day has its year only where the last has another."""
    first = f"{week.first:%d/%m}" if week.first.year == week.last.year else f"{week.first:%d/%m/%Y}"
    return {"week": f"{week.number}/{week.year}", "first": first, "last": f"{week.last:%d/%m/%Y}"}


def document_label(catalog: Catalog, document: Json, width: int | None = None) -> str:
    """ "Công văn số 12/STTTT-TTBCXB", or the kind and title while the number is unknown."""
    kinds = catalog.text.section("digest.document.kind")
    kind = kinds.get(document["kind"], kinds["other"])
    if document["number"]:
        return catalog.text("digest.document.with_number", kind=kind, number=document["number"])
    return shortened(catalog.text("digest.document.with_title", kind=kind, title=document["title"]), width)


def day_words(catalog: Catalog, day: date) -> str:
    """ "Chủ nhật 15/12/2024"."""
    weekday = catalog.text(f"digest.weekday.{day.weekday()}")
    return catalog.text("digest.deadline.day", weekday=weekday, date=f"{day:%d/%m/%Y}")


def deadline_words(
    catalog: Catalog,
    due: date,
    cut_off: date | None = None,
    semantics: str | None = None,
    as_written: str | None = None,
    recurrence: str | None = None,
) -> str:
    """The deadline as written and the last safe day: "trước ngày 16/12/2024 → hạn cuối an toàn: Chủ nhật 15/12/2024".

    "Trước ngày D" makes D itself too late (``cut_off``); ``due`` is the last day in time.
    """
    last = day_words(catalog, due)
    if recurrence is not None and as_written:
        return catalog.text("digest.deadline.recurring", as_written=as_written, due=last)
    if semantics == "before" and cut_off is not None:
        return catalog.text("digest.deadline.before", cut_off=f"{cut_off:%d/%m/%Y}", due=last)
    if as_written:
        return catalog.text("digest.deadline.other", as_written=as_written, due=last)
    return catalog.text("digest.deadline.bare", due=last)


def shortened(text: str, width: int | None) -> str:
    """``text`` cut at a word to at most ``width`` characters."""
    if width is None or len(text) <= width:
        return text
    return text[: width - 1].rsplit(" ", 1)[0].rstrip(" ,.;:–-(") + "…"


def _acts(catalog: Catalog, body: Json, acknowledge: bool) -> list[Choice]:
    week = body.get("name", body["week"])
    acts = [
        Choice(catalog.text("digest.button.details"), choice_value("digest", "more", week)),
        Choice(catalog.text("digest.button.progress"), "reports"),
    ]
    return [*answers_to(catalog, DIGEST, week), *acts] if acknowledge else acts


class _Page:
    """Lines of one message, within what a squeeze allows; without one, everything in full."""

    def __init__(
        self, catalog: Catalog, pressing: int | None = None, other: int | None = None, width: int | None = None
    ) -> None:
        self.catalog = catalog
        self.pressing = pressing
        self.other = other
        self.width = width

    def main(self, body: Json, acknowledge: bool) -> str:
        urgent = "name" in body
        heading = [
            self._text("edition.urgent_heading" if urgent else "edition.heading", **week_words(body)),
            self._text("edition.to", agency=body["agency"]["name"]),
        ]
        if not urgent and not has_news(body):
            heading.append(self._text("edition.nothing_new"))
        close = [[self._text("edition.close")]] if acknowledge else []
        return self._joined([heading, *self._sections(body, self._item), *close])

    def details(self, body: Json) -> str:
        heading = [self._text("details.heading", agency=body["agency"]["name"], **week_words(body))]
        return self._joined([heading, *self._sections(body, self._whole_item)])

    def _sections(self, body: Json, item: Callable[[Json], list[str]]) -> Iterator[list[str]]:
        tasks = body["tasks"]
        yield self._items("items", body["items"], item, self.pressing)
        yield self._items("topics", body["topics"], item, self.other)
        yield self._listed("duties", [self._bullet(duty["summary"]) for duty in body["duties"]])
        yield self._dated("overdue", [task for task in tasks if task["overdue"]], self._task, self.pressing)
        yield self._dated("tasks", [task for task in tasks if _lies_ahead(task)], self._task, self.pressing)
        recurring = [task for task in tasks if task["recurrence"] and not task["overdue"]]
        yield self._dated("recurring", recurring, self._task, self.other)
        yield self._dated("coordinating", body["coordinating"], self._task, self.other)
        yield self._dated("reports", body["reports"], self._report, self.pressing)
        yield self._listed("days", [self._day(day) for day in body["days"]])
        if body["slogans"]:
            words = [self._text("line.slogan", text=slogan) for slogan in body["slogans"]]
            yield [self._text("edition.slogans", slogans="; ".join(words[: self.other]))]

    def _text(self, key: str, **params: object) -> str:
        return self.catalog.text(f"digest.{key}", **params)

    def _joined(self, blocks: Iterable[list[str]]) -> str:
        return "\n\n".join("\n".join(block) for block in blocks if block)

    def _bullet(self, text: str) -> str:
        return self._text("line.bullet", text=shortened(text, self.width))

    def _listed(self, section: str, lines: Sequence[str]) -> list[str]:
        if not lines:
            return []
        shown = list(lines[: self.other])
        return [self._text(f"edition.{section}"), *shown, *self._more(len(lines) - len(shown))]

    def _more(self, left: int) -> list[str]:
        return [self._text("line.more", count=left)] if left else []

    def _items(
        self, section: str, entries: Sequence[Json], item: Callable[[Json], list[str]], most: int | None
    ) -> list[str]:
        if not entries:
            return []
        shown = entries[:most]
        lines = [self._text(f"edition.{section}")]
        for _, together in groupby(shown, key=lambda entry: entry["document"]["id"]):
            same = list(together)
            lines.append(self._text("line.document", document=self._document(same[0]["document"])))
            for entry in same:
                lines += item(entry)
        return [*lines, *self._more(len(entries) - len(shown))]

    def _document(self, document: Json) -> str:
        return document_label(self.catalog, document, None if self.width is None else DOCUMENT_LIMIT)

    def _item(self, entry: Json) -> list[str]:
        key = "line.item_continued" if entry["continued"] else "line.item"
        title = shortened(entry["title"], self.width)
        if entry.get("revision"):
            mark = "line.item_withdrawn" if entry.get("withdrawn") else "line.item_corrected"
            title = self._text(mark, title=title, day=_local_day(entry["corrected_at"]))
        return [self._text(key, number=entry["number"], title=title)]

    def _whole_item(self, entry: Json) -> list[str]:
        lines = [*self._item(entry), entry["summary"]]
        if entry.get("was"):
            lines.append(self._text("line.item_was", was=f"{entry['was']['title']}. {entry['was']['summary']}"))
        if entry["period"]:
            lines.append(self._text("line.period", period=entry["period"]))
        if entry["group"]:
            lines.append(self._text("line.group", group=entry["group"]))
        return lines

    def _dated(self, section: str, entries: Sequence[Json], line: Callable[[Json], str], most: int | None) -> list[str]:
        """Entries under their deadlines; neighbours with the same one stand under it together."""
        if not entries:
            return []
        shown = entries[:most]
        lines = [self._text(f"edition.{section}")]
        for deadline, together in groupby(shown, key=self._deadline):
            lines.append(self._text("line.deadline", deadline=deadline))
            lines += [line(entry) for entry in together]
        return [*lines, *self._more(len(entries) - len(shown))]

    def _task(self, task: Json) -> str:
        title = shortened(task["title"], self.width)
        if task["parts"]:
            title = self._with_parts(title, task["parts"])
        if self.width is None:
            title = self._text("line.plan", title=title, plan=task["plan"]["name"])
        if task["report"] in HANDED_IN:
            title = self._text("line.reported", title=title)
        elif task["report"] == "returned":
            title = self._text("line.returned", title=title)
        return self._text("line.bullet", text=title)

    def _with_parts(self, title: str, parts: Sequence[Json]) -> str:
        """The title with the places of its parts; only their number where the places would take too much room."""
        places = "; ".join(part["place"] or part["title"].rsplit(" – ", 1)[-1] for part in parts)
        if self.width is None or len(places) <= PLACES_LIMIT:
            return self._text("line.with_parts", title=title, parts=places)
        return self._text("line.with_count", title=title, count=len(parts))

    def _report(self, report: Json) -> str:
        content = report["content"][:1].upper() + report["content"][1:]
        receivers = shortened(", ".join(report["to"]), self.width)
        return self._text("line.report", content=shortened(content, self.width), to=receivers)

    def _day(self, day: Json) -> str:
        when = date.fromisoformat(day["date"])
        return self._text("line.day", day=f"{when:%d/%m}", name=shortened(day["name"], self.width))

    def _deadline(self, entry: Json) -> str:
        cut_off = entry["cut_off"]
        words = deadline_words(
            self.catalog,
            date.fromisoformat(entry["due"]),
            None if cut_off is None else date.fromisoformat(cut_off),
            entry["semantics"],
            entry["as_written"],
            None if entry.get("period") else entry.get("recurrence"),
        )
        return self._text("line.late", deadline=words) if entry["overdue"] else words


def _local_day(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(LOCAL):%d/%m}"


def _lies_ahead(task: Json) -> bool:
    return not task["overdue"] and not task["recurrence"]
