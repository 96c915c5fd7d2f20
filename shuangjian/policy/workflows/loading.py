"""Loading the reviewed policy data: checked first, written once, never over a version that is in use.

What the county changes in the portal itself (dates of a step, terms, its own days) is never overwritten.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import models, transaction

from shuangjian import clock
from shuangjian.journal import locks
from shuangjian.journal.locks import Lock
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.judging import parse
from shuangjian.policy.models import (
    CheckItem,
    Indicator,
    Limit,
    Obligation,
    Phase,
    Plan,
    Prohibition,
    ProhibitionList,
    ProofRequirement,
    Rule,
    Rulebook,
    Rung,
    SchoolYear,
    Source,
    Stage,
    Term,
)
from shuangjian.policy.workflows import counting, days, guidance, local_rules, schema
from shuangjian.policy.workflows.schema import BadData

try:
    from yaml import CSafeLoader as SafeLoader  # ten times as fast where libyaml was built in
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

__all__ = ["DATA", "BadData", "Loaded", "load"]

DATA = Path(__file__).resolve().parent.parent / "data"
_FILES = ("calendar", "rules", "scope", "prohibitions", "proofs", "plan", "duties", "terms", "guidance")
OUTSIDERS = {"school", "institution", "parent"}  # whose dates move from a rest day to the next working day


@dataclass
class Loaded:
    """How many rows were written, by kind; empty where nothing had changed."""

    counts: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)  # what was left as it is, for who runs the command

    def add(self, kind: str, count: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count


def load(*, start_year: int | None = None, folder: Path = DATA) -> Loaded:
    """Load calendar, rulebook, prohibitions, proofs, plan and terms in one transaction; a second run changes
    nothing.

    ``start_year`` is the plan's year 0; without it a plan that is loaded already stays the only one, and a
    first plan starts in the school year of today. Raises BadData if a file is wrong, or if a version that is
    in use was edited instead of given a new number.
    """
    files = {name: _read(folder, name) for name in _FILES}
    schema.check_calendar(files["calendar"])
    schema.check_scope(files["scope"])
    schema.check_prohibitions(files["prohibitions"])
    codes = [entry["code"] for listing in files["prohibitions"]["lists"] for entry in listing["prohibitions"]]
    schema.check_rules(files["rules"], files["scope"], codes)
    schema.check_guidance(files["guidance"], files["rules"])
    schema.check_proofs(files["proofs"])
    schema.check_plan(files["plan"])
    schema.check_duties(files["duties"], files["plan"])
    schema.check_terms(files["terms"])
    done = Loaded()
    with transaction.atomic():
        locks.hold(Lock.POLICY_DATA)
        _load_calendar(files["calendar"], done)
        _load_rulebook(files, done)
        if said := guidance.load(files["guidance"]):
            done.add("填报说明", said)
        _load_proofs(files["proofs"], done)
        _load_plan(files["plan"], start_year, done)
        _load_duties(files["duties"], done)
        _load_terms(files["terms"], done)
    return done


def read_plan() -> dict[str, Any]:
    """The plan as the project ships it, by years from its start; the county's own is in the database."""
    return _read(DATA, "plan")


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = yaml.load((folder / f"{name}.yaml").read_text("utf-8"), SafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise BadData(f"{name}.yaml：读不出来，{error}") from error
    if not isinstance(data, dict):
        raise BadData(f"{name}.yaml：应为一组键值")
    return data


def digest_of(*parts: Any) -> str:
    """SHA-256 of what the data says: a comment or a line break changes nothing."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_used(rows: models.QuerySet[Any]) -> bool:
    """Does any row of another app point at one of ``rows``?"""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        if relation.related_model._meta.app_label == "policy":
            continue
        if relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows}).exists():
            return True
    return False


# --- Working days -----------------------------------------------------------------------------------
def _load_calendar(data: dict[str, Any], done: Loaded) -> None:
    """First of all: the dates of a plan are counted by it."""
    made, remarks = days.load_library(data["documents"])
    if made:
        done.add("工作日历年份", made)
    done.remarks += remarks


# --- Rulebook and prohibitions --------------------------------------------------------------------
def _load_rulebook(files: dict[str, dict[str, Any]], done: Loaded) -> None:
    rules, scope = files["rules"], files["scope"]
    version = rules["version"]
    digest = digest_of(rules, scope, files["prohibitions"])
    known = Rulebook.objects.filter(version=version).first()
    if known is not None:
        if known.digest == digest:
            return
        if _book_is_used(known):
            raise BadData(f"rules.yaml：{version}版已在使用，改动条目、范围或禁止事项请另立新的版本号")
        known.delete()
    forbidden = _load_prohibitions(files["prohibitions"], done)
    book = Rulebook.objects.create(
        version=version,
        title=rules["plan"],
        in_force_from=rules["in_force_from"],
        answer_rules=rules["answer_rules"],
        groups=rules["groups"],
        roles=rules["roles"],
        digest=digest,
    )
    done.add("条目版本")
    sources = {code: _write_source(book, code, entry) for code, entry in rules["sources"].items()}
    done.add("依据文件", len(sources))
    for entry in rules["rules"]:
        _write_rule(book, entry, sources, forbidden, scope, done)
    if local_rules.follow(book) is not None:
        done.remarks.append("新版本已带上本县增加的条目，请核对")


def _book_is_used(book: Rulebook) -> bool:
    rules = Rule.objects.filter(rulebook=book)
    items = CheckItem.objects.filter(rule__in=rules)
    indicators = Indicator.objects.filter(item__in=items)
    limits = Limit.objects.filter(indicator__in=indicators)
    books = Rulebook.objects.filter(pk=book.pk)
    return any(_is_used(rows) for rows in (books, rules, items, indicators, limits, book.sources.all()))


def _load_prohibitions(data: dict[str, Any], done: Loaded) -> dict[str, Prohibition]:
    """Every list in its version; the prohibitions by code. A list that is loaded already is used as it is."""
    rows: dict[str, Prohibition] = {}
    for entry in data["lists"]:
        digest = digest_of(entry, data["severity_levels"], data["handling"])
        listing = ProhibitionList.objects.filter(code=entry["code"], version=entry["version"]).first()
        if listing is not None and listing.digest != digest:
            if (
                _is_used(listing.prohibitions.all())
                or CheckItem.objects.filter(prohibitions__list=listing).exists()
            ):
                raise BadData(
                    f"prohibitions.yaml：{entry['code']}的{entry['version']}版已在使用，改动请另立新的版本号"
                )
            listing.delete()
            listing = None
        if listing is None:
            listing = _write_prohibitions(entry, data, digest, done)
        rows |= {prohibition.code: prohibition for prohibition in listing.prohibitions.all()}
    return rows


def _write_prohibitions(
    entry: dict[str, Any], data: dict[str, Any], digest: str, done: Loaded
) -> ProhibitionList:
    listing = ProhibitionList.objects.create(
        code=entry["code"],
        version=entry["version"],
        title=entry["title"],
        in_force_from=entry["in_force_from"],
        severity_levels=data["severity_levels"],
        handling=data["handling"],
        digest=digest,
    )
    Prohibition.objects.bulk_create(
        Prohibition(
            list=listing,
            code=one["code"],
            kind=one["kind"],
            rule_code=one["rule"],
            phrase=one["phrase"],
            applies_to=one["applies_to"],
            severity=one["severity"],
            verified=one["verified"],
            read_in=one.get("read_in", ""),
            basis=one.get("basis", ""),
            basis_verified=one.get("basis_verified", False),
            consequence=one.get("consequence", ""),
            limit_value=one.get("limit", ""),
            same_as=one.get("same_as", ""),
            note=one.get("note", ""),
        )
        for one in entry["prohibitions"]
    )
    for kind, size in entry["counts"].items():
        done.add(kind if entry["code"] == "national-2018" else f"{entry['title']}中的“{kind}”", size)
    return listing


def _write_source(book: Rulebook, code: str, entry: dict[str, Any]) -> Source:
    return Source.objects.create(
        rulebook=book,
        code=code,
        title=entry["title"],
        number=entry["number"],
        dated=str(entry["date"]),
        in_force_from=entry.get("in_force_from") or in_force_from(str(entry["date"])),
        verified=entry["verified"],
        confidence=entry.get("confidence", ""),
        note=entry.get("note", ""),
    )


_DATED = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def in_force_from(text: str) -> date | None:
    """The first day on which a document surely holds: its date, else the day after its month or year."""
    match = _DATED.match(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if day:
        return date(year, month, day)
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) if month else date(year + 1, 1, 1)


def _write_rule(
    book: Rulebook,
    entry: dict[str, Any],
    sources: dict[str, Source],
    forbidden: dict[str, Prohibition],
    scope: dict[str, Any],
    done: Loaded,
) -> None:
    rule = Rule.objects.create(
        rulebook=book,
        code=entry["code"],
        number=int(entry["code"][1:]),
        title=entry["title"],
        group=entry["group"],
        requirement=entry["requirement"],
        source_text=entry["source"],
        also=entry.get("also", []),
        verified=entry["verified"],
        verified_note=entry.get("verified_note", ""),
    )
    done.add("条目")
    for ordinal, one in enumerate(entry["check_items"], start=1):
        concerned = scope["items"].get(one["code"]) or scope["rules"].get(rule.code) or {}
        item = CheckItem.objects.create(
            rule=rule,
            code=one["code"],
            ordinal=ordinal,
            text=one["text"],
            evidence=one["evidence"],
            answered_by=one["answered_by"],
            local_plan=one.get("local_plan", ""),
            evidence_required=one.get("evidence_required", False),
            **_scope_fields(concerned),
        )
        done.add("检查项")
        if codes := [*one.get("prohibitions", []), *one.get("local", [])]:
            item.prohibitions.add(*(forbidden[code] for code in codes))
        for measure in one.get("measure", []):
            _write_limit(item, measure, sources[measure["src"]], scope["labels"][measure["stage"]])
            done.add("限值")


def _scope_fields(entry: dict[str, Any]) -> dict[str, list[str]]:
    return {key: entry.get(key, []) for key in ("stages", "categories", "modes")}


def _write_limit(item: CheckItem, entry: dict[str, Any], source: Source, concerned: dict[str, Any]) -> None:
    kind = schema.value_kind_of(entry)
    indicator, _ = Indicator.objects.get_or_create(
        item=item, name=entry["name"], defaults={"unit": entry["unit"], "value_kind": kind}
    )
    Limit.objects.create(
        indicator=indicator,
        op=entry["op"],
        value=parse(kind, str(entry["limit"])),
        stage_label=entry["stage"],
        source=source,
        in_force=entry["in_force"],
        in_force_from=entry.get("from") or source.in_force_from,
        in_force_to=entry.get("to"),
        verified=entry["verified"],
        **_scope_fields(concerned),
    )


def _load_proofs(data: dict[str, Any], done: Loaded) -> None:
    known = {proof.code: proof for proof in ProofRequirement.objects.all()}
    for ordinal, entry in enumerate(data["proofs"]):
        fields = {
            "title": entry["title"],
            "text": entry["text"],
            "severities": entry["severities"],
            "rule_codes": entry.get("rules", []),
            "is_required": entry["required"],
            "ordinal": ordinal,
        }
        # How many and how fresh is asked at the next application: what was filed keeps its meaning.
        demand = {"least_count": entry.get("count", 1), "fresh_days": entry.get("fresh_days")}
        proof = known.get(entry["code"])
        changed = [
            name
            for name, value in (fields | demand).items()
            if proof is not None and getattr(proof, name) != value
        ]
        if proof is not None and not changed:
            continue
        fields |= demand
        keeps_its_meaning = demand.keys() >= set(changed)
        row = ProofRequirement.objects.filter(code=entry["code"])
        if changed and not keeps_its_meaning and _is_used(row):
            raise BadData(f"proofs.yaml：{entry['code']}已有佐证，改动请另立新的代码")
        ProofRequirement.objects.update_or_create(code=entry["code"], defaults=fields)
        done.add("佐证要求")


# --- Plan and terms -------------------------------------------------------------------------------
def _load_plan(data: dict[str, Any], start_year: int | None, done: Loaded) -> None:
    version, digest = data["version"], digest_of(data)
    known = Plan.objects.filter(version=version)
    if start_year is None and not known:
        today = clock.today()
        start_year = (
            today.year if today >= schema.resolve(data["stages"][0]["start"], today.year) else today.year - 1
        )
    plan = known.filter(start_year=start_year).first() if start_year is not None else known.first()
    if plan is not None:
        if plan.digest == digest:
            return
        phases = Phase.objects.filter(stage__plan=plan)
        if phases.filter(opened_at__isnull=False).exists() or _is_used(
            Obligation.objects.filter(phase__in=phases)
        ):
            raise BadData(f"plan.yaml：{version}版方案已经开始，改动请另立新的版本号")
        start_year = plan.start_year
        plan.delete()
    assert start_year is not None  # noqa: S101  (no plan of this version: the year was set above)
    plan = Plan.objects.create(
        version=version,
        start_year=start_year,
        title=f"{start_year}—{start_year + 1}年落实“双减”工作实施方案",
        goals=[
            goal | ({"by": schema.resolve(goal["by"], start_year).isoformat()} if "by" in goal else {})
            for goal in data["goals"]
        ],
        missed_rules=data["ledger_of_missed"],
        digest=digest,
    )
    for rung in data["escalation_default"]:
        Rung.objects.create(plan=plan, after=rung["after"], audience=rung["audience"], how=rung["how"])
        done.add("逾期提醒")
    for entry in data["stages"]:
        stage = Stage.objects.create(
            plan=plan,
            code=entry["code"],
            title=entry["title"],
            starts_on=schema.resolve(entry["start"], start_year),
            ends_on=schema.resolve(entry["end"], start_year),
        )
        done.add("阶段")
        for step in entry["steps"]:
            _write_phase(stage, step, start_year, done)


def _write_phase(stage: Stage, step: dict[str, Any], start_year: int, done: Loaded) -> None:
    phase = Phase.objects.create(
        stage=stage,
        code=step["code"],
        title=step["title"],
        starts_on=schema.resolve(step["start"], start_year),
        ends_on=schema.resolve(step["end"], start_year),
        campaign=step.get("name_of_campaign", ""),
        actors=step["actors"],
        forms=step.get("forms", []),
        deliverables=step["deliverables"],
        done_when=step["done_when"],
        when_missed=step["when_missed"],
        caution=step.get("caution", ""),
        note=step.get("note", ""),
        ladder_ceiling=step.get("ladder_ceiling", 20),
    )
    done.add("步骤")
    for duty in step["obligations"]:
        who = duty["who"] if isinstance(duty["who"], list) else [duty["who"]]
        printed = schema.resolve(duty["due"], start_year) if "due" in duty else None
        counted = counted_due(who, printed) if printed else None
        due_on = counted.on if counted else printed
        source = duty.get("source", "")
        obligation = Obligation.objects.create(
            phase=phase,
            code=duty["code"],
            who=who,
            what=duty["what"],
            due_on=due_on,
            printed_due_on=printed if due_on != printed else None,
            due_rule=duty.get("due_rule", ""),
            repeats=duty.get("repeats", Obligation.Repeats.ONCE),
            proof=duty["proof"],
            source_is_plan=source == "plan",
            basis="" if source == "plan" else source,
        )
        if counted and counted.is_provisional:
            counting.keep(obligation, "due_on", counted)
        done.add("任务")


def counted_due(who: Sequence[str], printed: date) -> Computed | None:
    """What an outsider must file moves from a rest day to the next working day, the first one after the day
    before; None where the printed day itself stands."""
    if not OUTSIDERS.intersection(who):
        return None
    return calendar.add_working_days(printed - timedelta(days=1), 1)


def _load_duties(data: dict[str, Any], done: Loaded) -> None:
    """How the obligations of the plan's version are fulfilled; of every start year, started or not."""
    for line in data["duties"]:
        said = {"fulfilled_by": line["by"], "record_forms": line.get("forms", [])}
        rows = Obligation.objects.filter(phase__stage__plan__version=data["plan"], code=line["code"])
        changed = rows.exclude(**said).update(**said)
        if changed:
            done.add("完成方式", changed)


def _load_terms(data: dict[str, Any], done: Loaded) -> None:
    for entry in data["school_years"]:
        year, created = SchoolYear.objects.get_or_create(start_year=entry["start_year"])
        if created:
            done.add("学年")
        for one in entry["terms"]:
            _, created = Term.objects.get_or_create(
                code=one["code"],
                defaults={
                    "school_year": year,
                    "title": one["title"],
                    "first_on": one["first_on"],
                    "last_on": one["last_on"],
                },
            )
            if created:
                done.add("学期")
