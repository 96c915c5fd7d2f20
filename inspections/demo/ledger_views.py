"""台账视图 of the demo county: what its offices look at every day, and one of a person's own."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import QueryDict

from inspections import ledger
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.workflows import ledger_views

_VIEWS = (
    ("zhuanban", "红线未销号", "tab=open&severity=critical", True),
    ("zhuanban", "学校作业考试逾期", "tab=overdue&kind=school&sort=rule", True),
    ("dudao", "督导发现待核查", "tab=verify&origin=regular_supervision", False),
)


def stories(place: Place) -> Iterator[Story]:
    yield named_lately(place)


def named_lately(place: Place) -> Story:
    yield place.ago(4, "09:20")
    for who, name, query, is_shared in _VIEWS:
        person = place.people[who]
        book = ledger.read(person, QueryDict(query))
        ledger_views.save(actor=person, book=book, name=name, is_shared=is_shared)
