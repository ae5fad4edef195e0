"""Everything in ``content/``, loaded in one validated step.

``load_catalog()`` either returns a :class:`Catalog` in which every reference points at something that exists, or raises
:class:`ContentError` naming file, line and reason of every fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from content import schema
from content.answers import ANSWER_LIMIT, plain_answer
from content.chasing import ChasePolicy
from content.files import ROOT, ContentError, Reader
from content.forms import FormDomain, load_forms
from content.text import Texts, load_texts
from content.working_calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Province:
    """The data of one province: another province is another folder, not another program."""

    department: schema.Department
    agencies: dict[str, schema.Agency]
    documents: dict[str, schema.OfficialDocument]
    directives: dict[str, schema.DirectiveSpec]
    """By document id."""
    plans: dict[str, schema.PlanSpec]
    """By document id."""
    calendar: tuple[schema.Anniversary, ...]
    working_time: WorkingCalendar
    chase: ChasePolicy
    ambiguities: tuple[schema.Ambiguity, ...]
    demo_contacts: tuple[schema.DemoContact, ...]

    def expand(self, agency_id: str) -> tuple[str, ...]:
        """The agencies a name in a document stands for: a group's members (nested groups too), else itself."""
        members = self.agencies[agency_id].members
        if not members:
            return (agency_id,)
        found: dict[str, None] = {}
        for member in members:
            found.update(dict.fromkeys(self.expand(member)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All words and facts Loa has. Immutable; one per process."""

    text: Texts
    faq: dict[str, schema.FaqEntry]
    cards: dict[str, schema.EmergencyCard]
    sources: dict[str, schema.Source]
    hotlines: tuple[schema.Hotline, ...]
    slogans: tuple[schema.Slogan, ...]
    conflicts: dict[str, schema.Conflict]
    forms: FormDomain
    difficulties: schema.DifficultyThemes
    province: Province
    root: Path = field(default=ROOT)

    def agency_name(self, agency_id: str) -> str:
        """The agency's name, or its id when the registry no longer has it."""
        agency = self.province.agencies.get(agency_id)
        return agency.name if agency else agency_id


def load_catalog(root: Path = ROOT) -> Catalog:
    """Read and cross-check all content. Raises ContentError with every fault found."""
    reader = Reader(root)
    text = load_texts(reader)
    text_whole = not reader.faults
    sources = _sources(reader)
    conflicts = {conflict.id: conflict for _, _, conflict in reader.listed("vi/conflicts.yaml", schema.Conflict)}
    faq = _faq(reader, text if text_whole else None, sources, conflicts)
    cards = _cards(reader, faq)
    hotlines = tuple(hotline for _, _, hotline in reader.listed("vi/hotlines.yaml", schema.Hotline))
    slogans = tuple(slogan for _, _, slogan in reader.listed("vi/slogans.yaml", schema.Slogan))
    forms = load_forms(reader)
    difficulties = _difficulties(reader)
    province = _province(reader)
    if reader.faults or province is None or difficulties is None:
        raise ContentError(reader.faults)
    return Catalog(text, faq, cards, sources, hotlines, slogans, conflicts, forms, difficulties, province, root)


def _sources(reader: Reader) -> dict[str, schema.Source]:
    document = reader.read("vi/sources.yaml")
    found = {key: reader.one(document, schema.Source, value, key) for key, value in (document.data or {}).items()}
    return {key: source for key, source in found.items() if source is not None}


def _faq(
    reader: Reader, text: Texts | None, sources: dict[str, schema.Source], conflicts: dict[str, schema.Conflict]
) -> dict[str, schema.FaqEntry]:
    faq: dict[str, schema.FaqEntry] = {}
    labels: dict[str, str] = {}
    places = []
    for name in reader.names("vi/faq/*.yaml"):
        for document, index, entry in reader.listed(name, schema.FaqEntry):
            reader.check(entry.id not in faq, document, f"{entry.id} stands twice", index, "id")
            other = labels.setdefault(entry.label, entry.id)
            reader.check(other == entry.id, document, f"label is that of {other} too", index, "label")
            faq[entry.id] = entry
            places.append((document, index, entry))
    for document, index, entry in places:
        for other in entry.related:
            reader.check(other in faq, document, f"related: no entry {other}", index, "related")
            reader.check(other != entry.id, document, "related to itself", index, "related")
        for source in {*entry.sources, *entry.cite}:
            reader.check(source in sources, document, f"sources: no source {source}", index, "sources")
        for conflict in entry.conflicts:
            reader.check(conflict in conflicts, document, f"conflicts: no conflict {conflict}", index, "conflicts")
        if text is not None and all(source in sources for source in entry.cite):
            length = len(plain_answer(entry, sources, text))
            reader.check(
                length <= ANSWER_LIMIT,
                document,
                f"answer has {length} characters, {ANSWER_LIMIT} allowed",
                index,
            )
    return faq


def _cards(reader: Reader, faq: dict[str, schema.FaqEntry]) -> dict[str, schema.EmergencyCard]:
    cards: dict[str, schema.EmergencyCard] = {}
    for document, index, card in reader.listed("vi/emergency.yaml", schema.EmergencyCard):
        reader.check(card.id not in cards, document, f"{card.id} stands twice", index, "id")
        for entry in card.faq:
            reader.check(entry in faq, document, f"faq: no entry {entry}", index, "faq")
        reader.check(
            card.numbers[0] in card.lines[0],
            document,
            "first line must hold the first number",
            index,
            "lines",
        )
        cards[card.id] = card
    return cards


def _difficulties(reader: Reader) -> schema.DifficultyThemes | None:
    name = "vi/difficulty_themes.yaml"
    found = reader.single(name, schema.DifficultyThemes)
    if found is not None and (not found.themes or found.themes[-1].words):
        reader.faults.append(reader.read(name).fault("the last theme must have no words: it takes the rest", "themes"))
    return found


def _province(reader: Reader) -> Province | None:
    department = reader.single("kontum/department.yaml", schema.Department)
    agencies = {}
    places = list(reader.listed("kontum/agencies.yaml", schema.Agency))
    for document, index, agency in places:
        reader.check(agency.id not in agencies, document, f"{agency.id} stands twice", index, "id")
        agencies[agency.id] = agency
    for document, index, agency in places:
        for other in filter(None, [agency.parent, agency.district, *agency.members]):
            reader.check(other in agencies, document, f"no agency {other}", index)
    documents = {entry.id: entry for _, _, entry in reader.listed("kontum/documents.yaml", schema.OfficialDocument)}
    directives = _directives(reader, agencies, documents)
    plans = _plans(reader, agencies, documents)
    calendar = tuple(entry for _, _, entry in reader.listed("kontum/calendar.yaml", schema.Anniversary))
    working_time = reader.single("kontum/working_time.yaml", WorkingCalendar)
    chase = reader.single("kontum/chase.yaml", ChasePolicy)
    ambiguities = tuple(entry for _, _, entry in reader.listed("kontum/ambiguities.yaml", schema.Ambiguity))
    contacts = []
    for document, index, contact in reader.listed("kontum/contacts_demo.yaml", schema.DemoContact):
        reader.check(contact.agency in agencies, document, f"no agency {contact.agency}", index, "agency")
        contacts.append(contact)
    if department is None or working_time is None or chase is None:
        return None
    return Province(
        department,
        agencies,
        documents,
        directives,
        plans,
        calendar,
        working_time,
        chase,
        ambiguities,
        tuple(contacts),
    )


def _directives(
    reader: Reader, agencies: dict[str, schema.Agency], documents: dict[str, schema.OfficialDocument]
) -> dict[str, schema.DirectiveSpec]:
    directives = {}
    for name in reader.names("kontum/directives/*.yaml"):
        document = reader.read(name)
        spec = reader.one(document, schema.DirectiveSpec, document.data)
        if spec is None:
            continue
        reader.check(spec.document in documents, document, f"no document {spec.document}", "document")
        ids = {item.id for item in spec.items}
        for index, item in enumerate(spec.items):
            for agency in [*item.providers, *item.target]:
                reader.check(agency in agencies, document, f"no agency {agency}", "items", index)
            reader.check(item.parent is None or item.parent in ids, document, f"no item {item.parent}", "items", index)
        for index, duty in enumerate(spec.duties):
            for agency in duty.who:
                reader.check(agency in agencies, document, f"no agency {agency}", "duties", index, "who")
        directives[spec.document] = spec
    return directives


def _plans(
    reader: Reader, agencies: dict[str, schema.Agency], documents: dict[str, schema.OfficialDocument]
) -> dict[str, schema.PlanSpec]:
    plans = {}
    seen: set[str] = set()
    for name in reader.names("kontum/plans/*.yaml"):
        document = reader.read(name)
        spec = reader.one(document, schema.PlanSpec, document.data)
        if spec is None:
            continue
        reader.check(spec.document in documents, document, f"no document {spec.document}", "document")
        ids = {task.id for task in spec.tasks}
        for index, task in enumerate(spec.tasks):
            for agency in [*task.lead, *task.coordinators]:
                reader.check(agency in agencies, document, f"no agency {agency}", "tasks", index)
            reader.check(task.parent is None or task.parent in ids, document, f"no task {task.parent}", "tasks", index)
            for key in [task.id, *(indicator.id for indicator in task.indicators)]:
                reader.check(key not in seen, document, f"{key} stands twice", "tasks", index)
                seen.add(key)
        plans[spec.document] = spec
    return plans


def anniversaries_between(catalog: Catalog, first: date, last: date) -> list[tuple[date, schema.Anniversary]]:
    """Days to remember from ``first`` to ``last`` (both included), in order of date."""
    found = []
    for entry in catalog.province.calendar:
        if entry.month_day is None:
            continue
        month, day = (int(part) for part in entry.month_day.split("-"))
        for year in range(first.year, last.year + 1):
            try:
                when = date(year, month, day)
            except ValueError:  # 29 February
                continue
            if first <= when <= last:
                found.append((when, entry))
    return sorted(found, key=lambda pair: pair[0])
