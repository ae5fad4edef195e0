"""Everything in ``content/``, loaded in one validated step.

``load_catalog()`` either returns a :class:`Catalog` in which every reference points at something that exists, or raises
:class:`ContentError` naming file, line and reason of every fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from content import schema
from content.answers import ANSWER_LIMIT, plain_answer
from content.changes import AgencyChange
from content.chasing import ChasePolicy, ReportChase
from content.files import ROOT, ContentError, Reader
from content.forms import FormDomain, load_forms
from content.questionnaires import Questionnaire, load_questionnaires
from content.registry import NEXT, Registry
from content.reporting import ReportingPolicy
from content.text import Texts, load_texts
from content.working_calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Province:
    """The data of one province: another province is another folder, not another program."""

    department: schema.Department
    agencies: Registry
    documents: dict[str, schema.OfficialDocument]
    directives: dict[str, schema.DirectiveSpec]
    """By document id."""
    plans: dict[str, schema.PlanSpec]
    """By document id."""
    calendar: tuple[schema.Anniversary, ...]
    working_time: WorkingCalendar
    chase: ChasePolicy
    reporting: ReportingPolicy
    report_chase: ReportChase
    ambiguities: tuple[schema.Ambiguity, ...]
    demo_contacts: tuple[schema.DemoContact, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All words and facts Loa has. Immutable but for the registry of agencies, which follows the days: one a house."""

    text: Texts
    faq: dict[str, schema.FaqEntry]
    cards: dict[str, schema.EmergencyCard]
    sources: dict[str, schema.Source]
    hotlines: tuple[schema.Hotline, ...]
    slogans: tuple[schema.Slogan, ...]
    conflicts: dict[str, schema.Conflict]
    forms: FormDomain
    questionnaires: dict[str, Questionnaire]
    """Forms the department may put to the agencies."""
    difficulties: schema.DifficultyThemes
    province: Province
    root: Path = field(default=ROOT)

    def agency_name(self, agency_id: str) -> str:
        """What the agency is called today, or its id when the registry does not know it."""
        return self.province.agencies.name(agency_id)

    def agency_then(self, agency_id: str, on: date) -> str:
        """The agency something of that day is of: today's name, and how it was called then or who has its part now."""
        registry = self.province.agencies
        name, then = registry.name(agency_id), registry.name(agency_id, on)
        if name != then:
            return self.text("succession.formerly", name=name, old=then)
        agency = registry.known.get(agency_id)
        if agency is None or registry.day is None or agency.exists_on(registry.day):
            return name
        heirs = [heir.name for heir in registry.heirs(agency_id)]
        return self.text("succession.now", name=name, heirs="; ".join(heirs)) if heirs else name

    def for_one_house(self) -> Catalog:
        """The same content with a registry of its own: each house has its own day, and its own changes."""
        return replace(self, province=replace(self.province, agencies=self.province.agencies.own()))


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
    questionnaires = load_questionnaires(reader)
    difficulties = _difficulties(reader)
    province = _province(reader)
    if reader.faults or province is None or difficulties is None:
        raise ContentError(reader.faults)
    return Catalog(
        text,
        faq,
        cards,
        sources,
        hotlines,
        slogans,
        conflicts,
        forms,
        questionnaires,
        difficulties,
        province,
        root,
    )


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
    agencies = _agencies(reader)
    documents = {entry.id: entry for _, _, entry in reader.listed("kontum/documents.yaml", schema.OfficialDocument)}
    directives = _directives(reader, agencies, documents)
    plans = _plans(reader, agencies, documents)
    calendar = tuple(entry for _, _, entry in reader.listed("kontum/calendar.yaml", schema.Anniversary))
    working_time = reader.single("kontum/working_time.yaml", WorkingCalendar)
    chase = reader.single("kontum/chase.yaml", ChasePolicy)
    reporting = reader.single("kontum/reporting.yaml", ReportingPolicy)
    report_chase = reader.single("kontum/report_chase.yaml", ReportChase)
    ambiguities = tuple(entry for _, _, entry in reader.listed("kontum/ambiguities.yaml", schema.Ambiguity))
    contacts = []
    for document, index, contact in reader.listed("kontum/contacts_demo.yaml", schema.DemoContact):
        reader.check(contact.agency in agencies, document, f"no agency {contact.agency}", index, "agency")
        contacts.append(contact)
    if department is None or working_time is None or chase is None or reporting is None or report_chase is None:
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
        reporting,
        report_chase,
        ambiguities,
        tuple(contacts),
    )


def _agencies(reader: Reader) -> Registry:
    """Agencies, those that followed them, and by which change."""
    known: dict[str, schema.Agency] = {}
    listed = {name: list(reader.listed(f"kontum/{name}.yaml", schema.Agency)) for name in ("agencies", "successors")}
    places = [place for found in listed.values() for place in found]
    for document, index, agency in places:
        reader.check(agency.id not in known, document, f"{agency.id} stands twice", index, "id")
        worked_out = agency.successors or agency.predecessors
        reader.check(not worked_out, document, "successors and predecessors are worked out from the changes", index)
        known[agency.id] = agency
    for document, index, agency in places:
        for other in filter(None, [agency.parent, agency.district, *agency.members]):
            reader.check(other in known, document, f"no agency {other}", index)
    for document, index, agency in listed["successors"]:
        reader.check(agency.valid_from is not None, document, "valid_from is wanted", index)
    changes: dict[str, AgencyChange] = {}
    for document, index, change in reader.listed("kontum/changes.yaml", AgencyChange):
        reader.check(change.id not in changes, document, f"{change.id} stands twice", index, "id")
        changes[change.id] = change
        for name in (*change.before, *change.after):
            reader.check(name in known, document, f"no agency {name}", index)
        for name in change.before if change.moves else ():
            last = known[name].valid_to if name in known else None
            reader.check(last == change.day - NEXT, document, f"{name} does not end the day before", index, "day")
    own, later = ({agency.id: agency for _, _, agency in listed[name]} for name in ("agencies", "successors"))
    return Registry(own, later, list(changes.values()))


def _directives(
    reader: Reader, agencies: Registry, documents: dict[str, schema.OfficialDocument]
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
    reader: Reader, agencies: Registry, documents: dict[str, schema.OfficialDocument]
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
