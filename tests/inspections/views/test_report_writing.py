"""Writing a report: two people at once, figures that moved on, every number opened, the .docx."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document
from openpyxl import load_workbook

from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.workflows import report as workflow
from inspections.workflows import report_text, standing_texts
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.reports import county
from tests.registry import signed_in, submit, text_of

pytestmark = [
    pytest.mark.documents,
    pytest.mark.usefixtures("standing_policy", "policy"),
]
_NUMBER = re.compile(r'<a href="([^"]+)"><span class="v">(\d+)<small>')


@pytest.fixture
def draft(cast: Cast, term: Term) -> SupervisionReport:
    county.settle(cast, term)
    return workflow.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)


def fresh(row: SupervisionReport) -> SupervisionReport:
    return SupervisionReport.objects.get(pk=row.pk)


def section(row: SupervisionReport, key: str) -> str:
    return f"/reports/{row.no}/sections/{key}/"


# --- Two people --------------------------------------------------------------------------------------------


def test_two_people_write_two_parts_without_disturbing_each_other(
    cast: Cast, draft: SupervisionReport
) -> None:
    one, other = signed_in(cast.supervision), signed_in(cast.supervision)
    assert one.get(section(draft, "practice")).status_code == 200
    assert other.get(section(draft, "advice")).status_code == 200
    assert submit(one, section(draft, "practice"), {"text": "做法。"}, version=0).status_code == 302
    assert submit(other, section(draft, "advice"), {"text": "建议。"}, version=0).status_code == 302
    assert {key: text for key, text in fresh(draft).sections.items() if text} == {
        "practice": "做法。",
        "advice": "建议。",
    }
    saved = AuditEntry.objects.filter(action="inspections.report.save").order_by("seq")
    assert [entry.after["sections"] for entry in saved] == [["practice"], ["advice"]]


def test_a_colleague_s_text_is_shown_and_one_s_own_is_kept(cast: Cast, draft: SupervisionReport) -> None:
    client = signed_in(cast.supervision)
    report_text.write(
        report_id=draft.pk, actor=cast.supervision, key="practice", text="先保存的做法。", seen=0
    )
    late = submit(client, section(draft, "practice"), {"text": "后写的做法。"}, version=0)
    assert late.status_code == 409
    page = text_of(late)
    assert "先保存的做法。" in page
    assert "后写的做法。" in page
    assert f"{cast.supervision.name}在" in page
    assert fresh(draft).sections["practice"] == "先保存的做法。"
    assert 'name="_version" value="1"' in late.content.decode()
    merged = submit(client, section(draft, "practice"), {"text": "合在一起的做法。"}, version=1)
    assert merged.status_code == 302
    assert fresh(draft).sections["practice"] == "合在一起的做法。"
    assert fresh(draft).section_marks["practice"]["version"] == 2


def test_a_text_that_did_not_change_leaves_its_version(cast: Cast, draft: SupervisionReport) -> None:
    for _ in range(2):
        report_text.write(report_id=draft.pk, actor=cast.supervision, key="advice", text="建议。", seen=None)
    assert fresh(draft).section_marks["advice"]["version"] == 1


def test_what_was_sent_to_the_leader_is_not_written_any_more(cast: Cast, draft: SupervisionReport) -> None:
    client = signed_in(cast.supervision)
    for key in ("practice", "advice"):
        submit(client, section(draft, key), {"text": "写好了。"}, version=0)
    workflow.SIGNING.submit(row_id=draft.pk, actor=cast.supervision, version=None)
    assert client.get(section(draft, "practice")).status_code == 302
    answer = submit(client, section(draft, "practice"), {"text": "再改。"}, version=1)
    assert answer.status_code == 409
    assert "再改。" in answer.content.decode()
    assert fresh(draft).sections["practice"] == "写好了。"
    assert signed_in(cast.supervision).get(section(draft, "nothing")).status_code == 404
    assert "编写" not in text_of(client.get(f"/reports/{draft.no}/"))


# --- Figures that moved on ---------------------------------------------------------------------------------


def seen_on(page: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())
    assert found is not None
    return found[1]


def test_new_figures_are_offered_and_taken_over_as_they_were_seen(
    cast: Cast, term: Term, draft: SupervisionReport
) -> None:
    client, url = signed_in(cast.supervision), f"/reports/{draft.no}/refresh/"
    assert "一致，不用更新" in text_of(client.get(url))
    county.problem(cast, term, cast.a1, "2026-0006", 4, fact="新发现的情况")
    part = client.get(url, headers={"hx-request": "true"})
    assert "问题5→6" in text_of(part)
    assert "<html" not in part.content.decode()
    page = client.get(url)
    assert "增加1行：2026-0006" in text_of(page)
    assert len(fresh(draft).data["problems"]) == 5  # looking changes nothing
    done = submit(client, url, {"seen": seen_on(page)}, version=fresh(draft).version)
    assert done.status_code == 302
    assert len(fresh(draft).data["problems"]) == 6
    assert "一致，不用更新" in text_of(client.get(url))


def test_what_changed_after_looking_is_looked_at_first(
    cast: Cast, term: Term, draft: SupervisionReport
) -> None:
    client, url = signed_in(cast.supervision), f"/reports/{draft.no}/refresh/"
    county.problem(cast, term, cast.a1, "2026-0006", 4)
    page = client.get(url)
    county.problem(cast, term, cast.a1, "2026-0007", 4)
    answer = submit(client, url, {"seen": seen_on(page)}, version=fresh(draft).version)
    assert answer.url == url
    assert "对照之后数字又有变化" in text_of(client.get(url))
    assert len(fresh(draft).data["problems"]) == 5
    assert submit(client, url, {}, version=fresh(draft).version).url == url  # nobody looked at all


def test_a_row_that_changed_behind_an_equal_number_is_offered_too(
    cast: Cast, term: Term, draft: SupervisionReport
) -> None:
    from inspections.models import Problem

    Problem.objects.filter(no="2026-0002").update(fact="没有公开办学承诺，已核实")
    page = text_of(signed_in(cast.supervision).get(f"/reports/{draft.no}/refresh/"))
    assert "减少1行：2026-0002" in page


def test_a_newer_standing_text_is_offered_with_the_figures(cast: Cast, draft: SupervisionReport) -> None:
    kept = rendering.preview_html(draft)
    standing_texts.write(
        kind="county_report",
        key="closing",
        text="特此报告。",
        reason="办公室要求",
        actor=cast.supervision,
        version=0,
    )
    client, url = signed_in(cast.supervision), f"/reports/{draft.no}/refresh/"
    page = client.get(url)
    assert "特此报告。" in text_of(page)
    assert rendering.preview_html(fresh(draft)) == kept
    submit(client, url, {"seen": seen_on(page)}, version=fresh(draft).version)
    assert fresh(draft).standing["closing"] == {"version": 1, "text": "特此报告。"}
    assert "特此报告" in rendering.preview_html(fresh(draft))


# --- Numbers that open -------------------------------------------------------------------------------------


def test_every_number_of_every_part_is_the_length_of_its_list(cast: Cast, draft: SupervisionReport) -> None:
    client = signed_in(cast.leader)
    start = f"/reports/{draft.no}/figures/"
    parts = set(re.findall(r'href="\?part=(\w+)"', client.get(start).content.decode()))
    assert {"situation", "problems", "rectification", "institutions", "rules", "units"} <= parts
    followed = 0
    for part in sorted(parts):
        for url, number in _NUMBER.findall(client.get(f"{start}?part={part}").content.decode()):
            page = client.get(url)
            assert page.context["page_obj"].paginator.count == int(number), url
            followed += 1
    assert followed > 60
    assert client.get(f"{start}no-such-number/").status_code == 404


def test_the_rows_are_those_of_then_and_lead_to_what_became_of_them(
    cast: Cast, term: Term, draft: SupervisionReport
) -> None:
    from inspections.models import RectificationTask

    RectificationTask.objects.filter(problem__no="2026-0002").update(state="verifying")
    county.problem(cast, term, cast.a1, "2026-0006", 4)
    page = signed_in(cast.leader).get(f"/reports/{draft.no}/figures/problems/")
    assert "2026-0006" not in text_of(page)
    assert "整改中" in text_of(page)
    assert 'href="/problems/2026-0002/"' in page.content.decode()
    share = text_of(signed_in(cast.leader).get(f"/reports/{draft.no}/figures/closed_of_due/"))
    assert re.search(r"占\s*到期应整改\s*的\d+/\d+，[\d.]+%", share)


def test_preview_and_page_lead_to_the_numbers(cast: Cast, draft: SupervisionReport) -> None:
    client = signed_in(cast.leader)
    preview = client.get(f"/reports/{draft.no}/preview/").content.decode()
    assert f'href="/reports/{draft.no}/figures/?part=rectification"' in preview
    page = client.get(f"/reports/{draft.no}/").content.decode()
    assert f'href="/reports/{draft.no}/figures/overdue/"' in page
    assert "整改期限早于取数日" in page


@pytest.mark.pages
def test_the_pages_of_numbers_cost_few_queries(cast: Cast, draft: SupervisionReport) -> None:
    client = signed_in(cast.leader)
    for path in ("", "figures/", "figures/?part=units", "figures/problems/", "sections/practice/"):
        who = signed_in(cast.supervision) if path.startswith("sections") else client
        who.get(f"/reports/{draft.no}/{path}")
        with CaptureQueriesContext(connection) as queries:
            who.get(f"/reports/{draft.no}/{path}")
        assert len(queries) <= 25, (path, len(queries))


def test_the_word_file_is_given_to_the_county_s_staff(cast: Cast, draft: SupervisionReport) -> None:
    answer = signed_in(cast.supervision).get(f"/reports/{draft.no}/word/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{draft.no}.docx"'
    text = "\n".join(row.text for row in Document(BytesIO(answer.content)).paragraphs)
    assert "共发现问题5个" in text
    assert signed_in(cast.head_a1).get(f"/reports/{draft.no}/word/").status_code == 403


def test_the_annexes_are_given_as_a_workbook_with_real_dates_and_numbers(
    cast: Cast, draft: SupervisionReport
) -> None:
    answer = signed_in(cast.leader).get(f"/reports/{draft.no}/workbook/")
    book = load_workbook(BytesIO(answer.content))
    units, problems = book["单位和条目"], book["问题清单"]
    heads = [cell.value for cell in units[2]]
    assert heads[0] == "单位" and heads[-3:] == ["符合", "查清", "问题"]
    rows = list(units.iter_rows(min_row=3))
    assert [row[0].value for row in rows] == [one["name"] for one in draft.data["units"]]
    column = [cell.value for cell in problems[2]].index("发现日期")
    lines = list(problems.iter_rows(min_row=3))
    assert len(lines) == len(draft.data["problems"]) == sum(row[-1].value for row in rows)
    assert [line[column].value.date().isoformat() for line in lines] == [
        one["found_on"] for one in draft.data["problems"]
    ]
    assert problems.print_title_rows == "$2:$2" and problems.freeze_panes == "C3"
    assert signed_in(cast.head_a1).get(f"/reports/{draft.no}/workbook/").status_code == 403
