"""Registers in which nothing speaks against anything: what a check is shown to find is planted in these."""

from __future__ import annotations

from typing import Any

from shuangjian.accounts.models import Organisation, User
from tests.registers.filling import state

Stated = dict[str, dict[str, dict[str, Any]]]  # register -> line -> answers


def school(grades: range = range(1, 7)) -> Stated:
    """A primary school."""
    return {
        "homework": {
            str(grade): {"minutes": "0"} if grade < 3 else {"minutes": "50", "main": "40", "others": "10"}
            for grade in grades
        },
        "exams": {
            str(grade): {"paper": "0"} if grade < 3 else {"planned": "1", "held": "0"} for grade in grades
        },
        "results": {"unit": {"grades_only": True, "published": False, "seated": False}},
        "timetable": {
            str(grade): {"lessons": "26", "sport": "4", "lesson_minutes": "40", "begins": "08:30"}
            for grade in grades
        },
        "courses": {"unit": {"complete": True, "public": True, "zero_start": True}},
        "sleep": {"primary": {"begins": "08:30", "early": False}},
        "sport": {"unit": {"minutes": "75", "break_minutes": "30", "after_minutes": "20", "kept_in": False}},
        "classes": {
            "unit": {
                "count": "4", "way": "lot", "witnessed": True, "published_on": "2026-09-02",
                "special": False,
            }
        },
        "after_school": {
            "unit": {
                "days": "5", "hours": "2", "begins": "16:00", "ends": "18:00", "pupils": "500",
                "offers": ["homework", "sport"], "voluntary": True, "teaches": False, "fee": "300",
                "fee_public": True,
            }
        },
        "care": {},
        "holidays": {"unit": {"lessons": False, "early_start": False}},
        "screens": {"unit": {"share": "20", "kept": True, "homework": False, "apps": "2", "filed_apps": "2"}},
        "reading": {"unit": {"reviewed": True, "forced": False, "kinds": "1"}},
        "parents": {
            "unit": dict.fromkeys(("prints", "groups", "together", "beyond", "marks"), False)
        },
        "training": {"unit": {"planned": True, "sessions": "3", "teachers": "40"}},
        "appraisal": {"unit": {"yearly": True, "titles": True, "pay": True, "by_scores": False}},
    }  # fmt: skip


def lesson(**changed: Any) -> dict[str, Any]:
    said = {
        "name": "五年级英语", "mode": "offline", "audience": "primary", "days": ["2", "4"],
        "begins": "18:00", "ends": "19:30", "minutes": "45", "rest": "10", "pupils": "20",
    }  # fmt: skip
    return said | changed


def person(name: str, **changed: Any) -> dict[str, Any]:
    said = {
        "name": name, "identity": name * 16, "post": "teacher", "subject": "英语", "paper": "teacher",
        "paper_no": f"2021-{name}", "contract": True, "checked": True,
    }  # fmt: skip
    return said | changed


def fee(**changed: Any) -> dict[str, Any]:
    said = {"name": "英语班", "by": "period", "months": "3", "amount": "2400", "ahead": "0", "public": True}
    return said | changed


def advert(**changed: Any) -> dict[str, Any]:
    said = {"name": "秋季班", "place": "door", "from_on": "2026-09-01", "promise": False, "pupils": False}
    return said | changed


def institution() -> Stated:
    """An academic institution with lessons on site."""
    return {
        "premises": {
            "r1": {"address": "城关镇商贸街8号", "owned": "own", "fire_no": "云消合〔2024〕9号",
                   "fire_on": "2024-05-06", "pupils": "60", "area": "240"}
        },
        "people": {"r1": person("甲"), "r2": person("乙", post="manager", paper="none", paper_no="")},
        "lessons": {"r1": lesson(pupils="50")},
        "materials": {"unit": {"count": "6", "filed": "6", "filing_no": "云教材备1号", "foreign": False}},
        "fees": {"r1": fee()},
        "funds": {
            "unit": {"way": "custody", "bank": "云溪农商行", "account": "0417", "agreed_on": "2025-09-01",
                     "balance": "90000", "owed": "80000", "loans": False}
        },
        "contracts": {"unit": {"pupils": "50", "signed": "50", "model": True}},
        "complaints": {"unit": {"received": "1", "settled": "1", "refunds": "0"}},
        "publicity": {"r1": advert()},
    }  # fmt: skip


def state_all(unit: Organisation, actor: User, stated: Stated) -> None:
    """State them all; what is planted is explained."""
    for key, lines in stated.items():
        state(unit, key, actor, lines, "情况属实")
