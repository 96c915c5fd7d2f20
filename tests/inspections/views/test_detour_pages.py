"""Pages of the cases that left their straight way, of what is looked at again, and the case file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inspections import lots
from inspections.models import Recheck, RecheckDraw, RectificationTask
from inspections.workflows import problems, rectification
from shuangjian import clock
from tests.cast import Cast
from tests.files.samples import picture
from tests.inspections.cases import case_at_a1, fresh, later
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.closeout]


def press(cast: Cast, who: str, task: RectificationTask, move: str, **fields: Any) -> Any:
    path = f"/problems/{task.no}/{move}/"
    return submit(signed_in(cast.people[who]), path, fields, version=fresh(task).version)


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("回执.jpg", picture(), "image/jpeg")


def test_an_objection_from_the_page_to_its_answer(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    press(cast, "clerk_a1", task, "acknowledge")
    page = text_of(signed_in(cast.head_a1).get(f"/problems/{task.no}/"))
    assert "11月23日前可以提出异议" in page
    kept = press(cast, "head_a1", task, "object", words=" ")
    assert "请写明异议和理由" in text_of(kept)
    press(cast, "head_a1", task, "object", words="当天是研学，不是上课", files=scan())
    assert "单位提出异议，待答复" in text_of(signed_in(cast.task_force).get(f"/problems/{task.no}/"))
    form = text_of(signed_in(cast.task_force).get(f"/problems/{task.no}/reject-objection/"))
    assert "当天是研学，不是上课" in form and "回执.jpg" in form
    answers = signed_in(cast.leader).get(f"/problems/{task.no}/").context
    assert {key for key, _ in [answers["primary"], *answers["others"]]} >= {
        "reject-objection",
        "uphold-objection",
    }
    press(cast, "task_force", task, "reject-objection", words="课表写的是数学")
    page = text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.no}/"))
    assert "维持原认定" in page and "课表写的是数学" in page


def test_a_withdrawn_problem_says_that_it_counts_nowhere(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    press(cast, "leader", task, "withdraw", words="登记错了单位")
    page = text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.no}/"))
    assert "由陈志远撤销，不计入发现和销号" in page and "待核查" not in page.split("问题情况")[0]
    assert "撤销" in text_of(signed_in(cast.task_force).get("/problems/?tab=all"))


def test_parking_shows_its_review_instead_of_a_date_that_runs(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", due_in=-3)
    kept = press(cast, "task_force", task, "park", words="等新校舍", review_on=str(later(200)))
    assert "最长92天" in text_of(kept) and "等新校舍" in text_of(kept)
    press(cast, "task_force", task, "park", words="等新校舍", review_on=str(later(60)))
    page = text_of(signed_in(cast.task_force).get(f"/problems/{task.no}/"))
    assert "下一步：双减专班复核挂账" in page and "逾期3天" not in page
    listed = text_of(signed_in(cast.task_force).get("/ledger/?tab=resting"))
    assert task.no in listed and "2027年1月15日复核" in listed
    assert task.no not in text_of(signed_in(cast.task_force).get("/ledger/?tab=overdue"))


def test_a_department_takes_a_case_answers_and_the_county_closes_it(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    department = str(cast.units["department"].pk)
    sent = {"department": department, "letter_no": "云教函〔2026〕12号", "words": "无照经营"}
    kept = press(cast, "task_force", task, "transfer", **sent, report_by=str(later(0)))
    assert "反馈日期要晚于今天" in text_of(kept) and "云教函〔2026〕12号" in kept.content.decode()
    press(cast, "task_force", task, "transfer", **sent, report_by=str(later(20)))
    partner = signed_in(cast.partner)
    assert "接收移交" in text_of(partner.get("/desk/"))
    assert task.no in text_of(partner.get("/problems/"))
    assert (
        'href="/units/' not in partner.get(f"/problems/{task.no}/").content.decode()
    )  # it may not open them
    assert press(cast, "partner", task, "accept-transfer").status_code == 302
    kept = press(cast, "task_force", task, "report-transfer", result="已罚款")
    assert "请填写结果文号" in text_of(kept)
    press(cast, "partner", task, "report-transfer", result="已责令停业并罚款")
    press(cast, "inspector_a", task, "verify", method="on_site", words="已停业")
    press(cast, "task_force", task, "close")
    assert fresh(task).state == "closed"
    assert "已责令停业并罚款" in text_of(partner.get(f"/problems/{task.no}/file/"))


def test_what_came_from_above_waits_for_its_answer(cast: Cast) -> None:
    task = case_at_a1(cast, "verified", origin="superior")
    page = text_of(signed_in(cast.task_force).get(f"/problems/{task.no}/"))
    assert "报请上级同意销号" in page and "市教督〔2026〕8号" in page
    press(cast, "task_force", task, "ask-superior", document_no="云教督〔2026〕31号")
    press(cast, "task_force", task, "superior-agreed", document_no="市教督函〔2026〕2号")
    press(cast, "task_force", task, "close")
    assert fresh(task).state == "closed"


# --- 回头看 -----------------------------------------------------------------------
def recheck(cast: Cast, kind: str = "look_back") -> Recheck:
    task = case_at_a1(cast, "closed", closed_by=cast.task_force)
    return Recheck.objects.create(task=task, kind=kind, due_on=later(10), created_at=clock.now())


def test_a_look_back_from_the_list_to_the_next_round(cast: Cast) -> None:
    row = recheck(cast)
    office = signed_in(cast.supervision)
    assert row.no in text_of(office.get("/rechecks/"))
    page = text_of(signed_in(cast.task_force).get(f"/rechecks/{row.pk}/"))
    assert "应当回避" in page and "登记结果" not in page
    path = f"/rechecks/{row.pk}/result/"
    kept = submit(office, path, {"result": "relapsed", "words": "又到75分钟"}, version=1)
    assert "请填写重新整改的期限" in text_of(kept) and "又到75分钟" in kept.content.decode()
    fields = {"result": "relapsed", "words": "又到75分钟", "due_on": str(later(20))}
    assert submit(office, path, fields, version=1)["Location"] == f"/problems/{row.no}/"
    page = text_of(office.get(f"/problems/{row.no}/"))
    assert "第2次整改" in page and "反弹" in page
    assert "反弹和未改即销 1" in text_of(office.get("/rechecks/"))
    assert submit(office, path, fields, version=1).status_code == 409


def test_a_draw_shows_its_seed_and_that_it_can_be_repeated(cast: Cast) -> None:
    pool = [f"销2026-{number:04}" for number in range(10)]
    drawn = lots.draw_share(pool, 20, "ab" * 16)
    draw = RecheckDraw.objects.create(
        kind="look_back",
        month=date(2026, 10, 1),
        share=20,
        seed="ab" * 16,
        pool=pool,
        drawn=drawn,
        made_at=clock.now(),
    )
    page = text_of(signed_in(cast.leader).get(f"/rechecks/draws/{draw.pk}/"))
    assert "用同一种子重抽，结果相同" in page and page.count(" 抽中") >= 2
    RecheckDraw.objects.filter(pk=draw.pk).update(drawn=pool[:2])
    page = text_of(signed_in(cast.leader).get(f"/rechecks/draws/{draw.pk}/"))
    assert ("结果不同" in page) is (pool[:2] != drawn)


def test_the_lists_cost_the_same_for_two_and_forty(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _ in range(40):
        recheck(cast)
    office = signed_in(cast.supervision)
    office.get("/rechecks/")
    with django_assert_max_num_queries(14):
        office.get("/rechecks/")


# --- 案卷 ---------------------------------------------------------------------------
def test_the_case_file_tells_every_round_to_whoever_reads_it_alone(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    problems.relapse(
        problem=task.problem,
        fact="秋季又到75分钟",
        found_by=cast.task_force,
        due_on=clock.today() + timedelta(days=20),
    )
    again = RectificationTask.objects.get(ordinal=2)
    rectification.acknowledge(task_id=again.pk, actor=cast.clerk_a1, version=None)
    page = text_of(signed_in(cast.leader).get(f"/problems/{task.no}/file/"))
    for words in (
        f"编号{task.no}，截至2026年11月16日",
        "第1次整改：已销号",
        "第2次整改：待定计划",
        "年级组统筹作业总量",
        "李静签收",
        "反弹，重新整改",
        "秋季又到75分钟",
    ):
        assert words in page, words
    assert signed_in(cast.clerk_b1).get(f"/problems/{task.no}/file/").status_code == 404
