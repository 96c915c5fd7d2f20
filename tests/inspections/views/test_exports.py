"""A list taken along: exactly what its page shows, as a workbook or as CSV, for whom it may be."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from inspections.exports.lists import LISTINGS
from inspections.models import Export
from inspections.workflows import exports
from shuangjian.accounts.access import SIGNED_IN, all_routes, declaration_of
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.files.services import open_blob
from shuangjian.journal import jobs
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.hostile import HOSTILE
from tests.inspections.cases import case_at_a1
from tests.inspections.exporting import taken
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "=HYPERLINK(1)")


def sheet_of(data: bytes) -> list[tuple[Any, ...]]:
    return [
        tuple(cell.value for cell in row) for row in load_workbook(BytesIO(data)).worksheets[0].iter_rows()
    ]


def test_a_file_holds_what_the_page_shows_and_says_what_was_asked_for(cast: Cast) -> None:
    browser = signed_in(cast.task_force)
    assert '/exports/units/?kind=school"' in browser.get("/units/?kind=school").content.decode()
    told = text_of(browser.get("/exports/units/?kind=school"))
    assert "3条" in told and "学校" in told
    rows = sheet_of(taken(browser, "units", "kind=school"))
    assert str(rows[0][0]).startswith("筛选：") and "学校" in str(rows[0][0])
    assert rows[1][:3] == ("序号", "代码", "名称")
    assert {row[2] for row in rows[2:]} == {"城关小学", "实验学校", "第二中学"}
    entries = AuditEntry.objects.filter(action__startswith="inspections.export")
    actions = entries.values_list("action", flat=True)
    assert sorted(actions) == ["inspections.export.ordered", "inspections.export.written"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_text_becomes_a_formula(cast: Cast, kind: str) -> None:
    for at, text in enumerate((*EVIL, *HOSTILE)):
        address = text.replace("\x00", "")[:120]
        Organisation.objects.create(kind="school", code=f"31550{at:05d}", name=f"第{at}小学", address=address)
    data = taken(signed_in(cast.task_force), "units", "kind=school", kind)
    if kind == "xlsx":
        sheet = load_workbook(BytesIO(data)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert any(cell.value == "=1+1" for row in sheet.iter_rows() for cell in row)
    else:
        assert data.startswith(b"\xef\xbb\xbf")
        cells = [cell for row in csv.reader(StringIO(data.decode("utf-8-sig"))) for cell in row]
        assert "'=1+1" in cells
        assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_who_is_named_only_the_county_takes_along(cast: Cast) -> None:
    Organisation.objects.filter(code=cast.a1.code).update(contact_name="周琳", contact_phone="0912-1")
    assert "联系人" in sheet_of(taken(signed_in(cast.task_force), "units"))[1]
    inspectors = sheet_of(taken(signed_in(cast.inspector_a), "units"))
    assert "联系人" not in inspectors[1] and "周琳" not in str(inspectors)
    assert {row[2] for row in inspectors[2:]} <= set(
        Organisation.objects.visible_to(cast.inspector_a).values_list("name", flat=True)
    )
    assert signed_in(cast.clerk_a1).get("/exports/units/").status_code == 403
    assert signed_in(cast.task_force).get("/exports/nothing/").status_code == 404


# Lists that are no records to take along, and why.
NOT_TAKEN = {
    "desk": "what is to be done by the person now, of lists that have an export each",
    "reviews": "the same for what waits to be judged",
    "field": "the inspector's day, of the list of visits",
    "board": "figures, each with the list behind it",
    "board-table": "figures by unit and rule; its cells lead to problems",
    "board-county": "figures, each with the list behind it",
    "board-page": "one page to be printed",
    "ledger": "its own export keeps a selection of rows (decision 0082)",
    "recheck-draw": "one draw with its seed, to be drawn again by anybody",
    "inspector-own": "the inspector's own papers",
    "grants": "requests that wait; what was decided stands in the trail",
    "status": "the state of the machine now",
    "channels": "addresses of the office's own messages, a secret in some",
    "jobs": "one's own orders, files among them",
    "notices": "one's own notices",
    "printouts": "one's own files",
    "sync-visits": "data for the phone's page",
    "sync-conflicts": "what the person has to choose between now",
    "sync-refused-list": "what the person's phone sent in vain",
    "search": "what was looked for, of lists that have an export each",
    "ledger-views": "one's own bookmarks of the ledger",
    "attainment-rules": "figures by rule, each with the list behind it",
    "goals": "figures of a term, each with the rows behind it",
    "goal-now": "the same as they stand now",
    "goal-rows": "the rows behind one figure; units and problems have lists of their own",
    "experiences": "texts to be read, no rows of figures",
    "disclosures": "what comes down on its day (practice.md P28) must not live on in files",
    "surveys": "one window a term, whose figures are a report",
    "survey-codes": "a school's code goes out on its poster alone",
    "paper-new": "kinds of papers to begin",
    "paper-check": "one paper by its code",
    "import-template": "a workbook itself",
}  # fmt: skip


def test_every_list_has_an_export_for_the_same_people_or_a_reason() -> None:
    declared = {entry.name: declaration_of(entry.callback) for _, entry in all_routes()}
    pages = {
        name: one
        for name, one in declared.items()
        if one is not None and one.scope == "list" and "POST" not in one.methods
    }
    missing = [name for name in pages if name not in LISTINGS and not NOT_TAKEN.get(name)]
    assert not missing, f"neither an export nor a reason: {missing}"
    assert set(LISTINGS) <= set(pages)
    for key, listing in LISTINGS.items():
        assert pages[key].roles == SIGNED_IN or listing.roles <= pages[key].roles, key


@pytest.mark.parametrize("key", sorted(LISTINGS))
def test_each_list_is_read_and_written_for_whom_it_is(cast: Cast, key: str) -> None:
    case_at_a1(cast, "planning")
    listing = LISTINGS[key]
    people = (cast.task_force, cast.auditor, cast.system_admin)
    person = next(one for one in people if one.has_role(*listing.roles))
    browser = signed_in(person)
    assert f'/exports/{key}/?"' in browser.get(reverse(key)).content.decode()
    query = "noun=inspections.problem" if key == "audit" else ""  # the order itself is an entry
    rows = sheet_of(taken(browser, key, query))
    assert rows[1] == ("序号", *(column.heading for column in listing.columns_for(person)))
    assert len(rows) == 2 + listing.read(person, QueryDict(query)).count()
    assert signed_in(cast.stranger).get(f"/exports/{key}/").status_code == 403


@pytest.mark.parametrize("key", ["problems", "checks", "visits", "doubts"])
def test_every_list_can_be_taken_along_by_whom_it_is_for(cast: Cast, key: str) -> None:
    case_at_a1(cast, "planning")
    for person in (cast.task_force, cast.inspector_a):
        rows = sheet_of(taken(signed_in(person), key, "tab=all"))
        assert rows[1][:2] == ("序号", "编号")
        assert len(rows) == 2 + (key == "problems")


def test_a_long_list_is_left_to_the_worker_and_lost_with_the_post(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    browser = signed_in(cast.supervision)
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    with django_capture_on_commit_callbacks(execute=True):
        answer = submit(browser, "/exports/units/", {"format": "xlsx"})
    row = Export.objects.get()
    assert row.stored_file is None
    assert "可以离开此页" in text_of(browser.get(answer["Location"]))
    Membership.objects.filter(user=cast.supervision).delete()
    assert not jobs.run_now(row.job_id)  # type: ignore[arg-type]
    row.refresh_from_db()
    assert row.stored_file is None
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2000)
    with django_capture_on_commit_callbacks(execute=True):
        submit(signed_in(cast.leader), "/exports/units/", {"format": "csv"})
    stored = Export.objects.get(ordered_by=cast.leader).stored_file
    assert stored is not None
    with open_blob(stored) as stream:
        assert stream.read(3) == b"\xef\xbb\xbf"
    for other in (cast.task_force, cast.clerk_a1):
        assert signed_in(other).get(f"/files/{stored.pk}/").status_code == 404


@pytest.mark.pages
def test_the_order_asks_no_more_for_many_rows(cast: Cast) -> None:
    browser = signed_in(cast.task_force)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            taken(browser, "units")
        return len(asked)

    queries()
    few = queries()
    for at in range(60):
        code, town = f"31540{at:05d}", cast.a1.township
        Organisation.objects.create(kind="school", code=code, name=f"第{at}小学", township=town)
    assert queries() <= few + 2  # progress is written at most twice a second
