"""The trail as the auditor reads it: narrowed by the page's address, each entry in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from shuangjian.accounts import trail_words
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry

NOBODY = "系统"  # the actor of what happened by itself
FILTERS = {"from": "从", "to": "到", "who": "人员", "noun": "对象", "action": "动作", "no": "编号"}


@dataclass(frozen=True)
class Line:
    """One entry as a line of the list."""

    entry: AuditEntry
    who: str
    role: str
    unit: str
    noun: str
    no: str
    action: str
    changes: list[Any]  # (field, before, after)


def chosen(query: QueryDict) -> dict[str, str]:
    """What the address asks for, by the name of the field."""
    return {name: query.get(name, "").replace("\x00", "").strip()[:60] for name in FILTERS}


def read(user: User, query: QueryDict) -> Reading:
    """The entries that exist for the person, newest first, by day, person, noun, action and number."""
    asked = chosen(query)
    told = asked | {"noun": audit.noun_of(asked["noun"]), "action": audit.words_of(asked["action"])}
    said = "；".join(f"{label}：{told[name]}" for name, label in FILTERS.items() if asked[name])
    return Reading(_narrowed(AuditEntry.objects.visible_to(user), asked), said=said, dress=_lines)


def _narrowed(entries: QuerySet[AuditEntry], asked: dict[str, str]) -> QuerySet[AuditEntry]:
    start, end = _midnight(asked["from"]), _midnight(asked["to"], days_later=1)
    if start:
        entries = entries.filter(at__gte=start)
    if end:
        entries = entries.filter(at__lt=end)
    if asked["who"] == NOBODY:
        entries = entries.filter(actor_id__isnull=True)
    elif asked["who"]:
        people = User.objects.filter(Q(name__icontains=asked["who"]) | Q(username__icontains=asked["who"]))
        entries = entries.filter(actor_id__in=people.values("pk"))
    for name, column in (("noun", "subject_type"), ("action", "action"), ("no", "subject_no")):
        if asked[name]:
            entries = entries.filter(**{column: asked[name]})
    return entries


def _midnight(raw: str, *, days_later: int = 0) -> datetime | None:
    """The beginning of a day, or of one so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(raw) + timedelta(days=days_later)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _lines(entries: list[AuditEntry]) -> list[Line]:
    """The entries in words, with the names of people, roles and units: two queries for all."""
    names = trail_words.Names.of(entries)
    roles = dict(Role.choices)

    def number(entry: AuditEntry) -> str:
        if entry.subject_type != User._meta.label_lower:
            return entry.subject_no
        account = names.people.get(int(entry.subject_id))
        return account.username if account else ""

    def who(entry: AuditEntry) -> str:
        actor = names.people.get(entry.actor_id or 0)
        return actor.name if actor else NOBODY

    return [
        Line(
            entry,
            who(entry),
            roles.get(entry.actor_role, ""),
            names.units.get(entry.organisation_id or 0, ""),
            audit.noun_of(entry.subject_type),
            number(entry),
            audit.words_of(entry.action),
            list(trail_words.changes(entry, names)),
        )
        for entry in entries
    ]
