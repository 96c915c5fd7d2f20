"""For the tests of the register of units: forms as a browser sends them, and a unit with open duties."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from typing import Any

from django.test import Client

from inspections.models import Problem, RectificationTask, Round, SelfCheck, Visit
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Rule, Rulebook, SchoolYear, Term

GOOD_CREDIT_CODE = "91350100M000100Y43"  # the example of GB 32100-2015


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def submit(client: Client, url: str, fields: dict[str, Any], *, version: int | None = None) -> Any:
    """Post as the page's own form does: with a fresh key and the version that the person saw."""
    data = {**fields, "_key": uuid.uuid4().hex}
    if version is not None:
        data["_version"] = str(version)
    return client.post(url, data)


def rows(prefix: str, *entries: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The fields of a formset."""
    fields: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": str(len(entries)),
        f"{prefix}-INITIAL_FORMS": str(initial),
    }
    for at, entry in enumerate(entries):
        fields |= {f"{prefix}-{at}-{name}": value for name, value in entry.items()}
    return fields


def school_fields(**changed: Any) -> dict[str, Any]:
    """A new school as it is filled in without a mistake."""
    fields = {
        "name": "河口小学",
        "code": "3152000099",
        "township": _pk("YX-T01"),
        "area": _pk("YX-Q01"),
        "filer": "",
        "opened_on": "2001-09-01",
        "address": "河口镇文教路1号",
        "contact_name": "周琳",
        "contact_phone": "0000-6120099",
        "school_type": "primary",
        "sponsor": "public",
        "system": "63",
        "grades": [1, 2, 3, 4, 5, 6],
        "pupil_count": "320",
        **rows("campus"),
    }
    return fields | changed


def institution_fields(**changed: Any) -> dict[str, Any]:
    """A new institution as it is filled in without a mistake."""
    fields = {
        "name": "育才艺术培训中心",
        "code": GOOD_CREDIT_CODE,
        "township": _pk("YX-T01"),
        "area": _pk("YX-Q01"),
        "filer": "",
        "opened_on": "2019-05-01",
        "address": "城关镇新华路8号",
        "contact_name": "",
        "contact_phone": "",
        "category": "non_academic",
        "modes": ["offline"],
        "subjects": "舞蹈、围棋",
        "authority": "culture",
        "licensing_office": "云溪县文化和旅游局",
        "licence_no": "文民1520007",
        "licence_until": "2028-12-31",
        "sponsor_name": "甲公司",
        "legal_person": "钱一",
        "principal_name": "钱二",
        "operating_status": "normal",
        **rows(
            "place",
            {
                "name": "总部",
                "address": "城关镇新华路8号",
                "area_m2": "320.5",
                "fire_paper": "云消合〔2024〕9号",
            },
        ),
    }
    return fields | changed


def _pk(code: str) -> int:
    return Organisation.objects.get(code=code).pk


def text_of(response: Any) -> str:
    """What a reader sees: tags away, blanks single."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def open_duties(unit: Organisation, by: User) -> dict[str, Any]:
    """A unit with one self-check being filled in, one accepted, one open problem and one planned visit."""
    book, _ = Rulebook.objects.get_or_create(
        version="test-1", defaults={"title": "三十条", "in_force_from": date(2020, 1, 1), "digest": "0"}
    )
    rule, _ = Rule.objects.get_or_create(
        rulebook=book,
        number=4,
        defaults={
            "code": "R04",
            "title": "严控书面作业总量",
            "group": "school",
            "requirement": "。",
            "source_text": "。",
        },
    )
    year, _ = SchoolYear.objects.get_or_create(start_year=2026)
    term, _ = Term.objects.get_or_create(
        code="2026-autumn",
        defaults={
            "school_year": year,
            "title": "2026—2027学年第一学期（秋季）",
            "first_on": date(2026, 9, 1),
            "last_on": date(2027, 1, 20),
        },
    )
    due_on = clock.today() + timedelta(days=10)

    def check(title: str, state: str, no: str, **more: Any) -> SelfCheck:
        round_ = Round.objects.create(
            title=title,
            term=term,
            rulebook=book,
            unit_kinds=[unit.kind],
            due_on=due_on,
            state="published",
            published_at=clock.now(),
            created_by=by,
        )
        return SelfCheck.objects.create(
            no=no, round=round_, organisation=unit, due_on=due_on, state=state, **more
        )

    serial = SelfCheck.objects.count()
    filling = check("秋季自查", "filling", f"2026-C{serial + 1:04}")
    done = clock.now()
    accepted = check("春季自查", "accepted", f"2026-C{serial + 2:04}", submitted_at=done, accepted_at=done)
    problem = Problem.objects.create(
        no=f"2026-{Problem.objects.count() + 147:04}",
        organisation=unit,
        rule=rule,
        fact="三年级数学日均书面作业约75分钟",
        origin="county_inspection",
        found_on=clock.today(),
        found_by=by,
        registered_at=clock.now(),
    )
    task = RectificationTask.objects.create(
        problem=problem, state="rectifying", due_on=due_on, created_at=clock.now()
    )
    visit = Visit.objects.create(
        no=f"2026-V{Visit.objects.count() + 1:04}",
        organisation=unit,
        rulebook=book,
        planned_on=due_on,
        created_by=by,
    )
    return {"filling": filling, "accepted": accepted, "problem": problem, "task": task, "visit": visit}
