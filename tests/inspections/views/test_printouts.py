"""Printouts as people order them: the page, its job, the file, one's own list, and nobody else's rows."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from inspections.models import Evidence, Paper, Printout, RectificationTask, SupervisionReport
from inspections.workflows import printouts, report, rounds, self_check, visit_findings, visits
from shuangjian import clock
from shuangjian.accounts.models import Membership
from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs
from shuangjian.journal.models import AuditEntry, Job
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.files.samples import pdf as a_pdf
from tests.files.samples import picture
from tests.inspections.cases import case_at_a1, case_in, item
from tests.inspections.checking import check_of, draft, fill
from tests.inspections.papering import issued, notice
from tests.inspections.printing import content_of, ordered, printed, words_of
from tests.inspections.visiting import planned
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]


def problems(cast: Cast) -> None:
    case_at_a1(cast, "rectifying", due_in=-3)
    case_in("closed", unit=cast.units["b1"], found_by=cast.task_force, closed_by=cast.task_force)


def proven(task: RectificationTask, name: str) -> StoredFile:
    """A file that proves the case."""
    stored = store_generated(data=a_pdf(), name=name)
    Evidence.objects.create(
        task=task, stored_file=stored, added_by=task.problem.found_by, added_at=clock.now()
    )
    return stored


# --- Ordering -----------------------------------------------------------------------------------------------
def test_the_ledger_is_printed_as_it_is_filtered_and_its_page_has_the_file(cast: Cast) -> None:
    problems(cast)
    client = signed_in(cast.leader)
    page = text_of(client.get("/printouts/new/ledger/?tab=open"))
    assert "1个问题" in page and "未销号" in page
    printout = ordered(client, "ledger/?tab=open", paper="a4")
    assert printout.no == "2026-Y0001"
    assert "已排队，马上开始" in text_of(client.get("/printouts/2026-Y0001/"))
    text = words_of(content_of(printout))
    assert "城关小学" in text and "第二中学" not in text
    assert "逾期3天" in text and "截至2026年11月16日9:00" in text
    ready = text_of(client.get("/printouts/2026-Y0001/"))
    assert "打开PDF" in ready and printout.check_code in ready and printout.stored_file.sha256 in ready
    assert client.get(f"/files/{printout.stored_file_id}/").status_code == 200
    assert "2026-Y0001" in text_of(client.get("/printouts/"))
    actions = AuditEntry.objects.filter(subject_no=printout.no).values_list("action", flat=True)
    assert set(actions) == {"inspections.printout.ordered", "inspections.printout.made"}


def test_a_finished_page_asks_for_itself_anew(cast: Cast) -> None:
    client = signed_in(cast.leader)
    printout = ordered(client, "brief/")
    url = f"/printouts/{printout.no}/"
    waiting = client.get(url, headers={"hx-request": "true"})
    assert "HX-Refresh" not in waiting.headers and "hx-trigger" in waiting.content.decode()
    content_of(printout)
    assert client.get(url, headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_the_same_content_within_minutes_is_the_same_order(cast: Cast) -> None:
    problems(cast)
    client = signed_in(cast.leader)
    first = ordered(client, "ledger/?tab=all", paper="a4")
    assert ordered(client, "ledger/?tab=all", paper="a4") == first
    content_of(first)
    assert ordered(client, "ledger/?tab=all", paper="a4") == first
    assert ordered(client, "ledger/?tab=all", paper="a3") != first
    assert ordered(signed_in(cast.task_force), "ledger/?tab=all", paper="a4") != first
    case_at_a1(cast, "planning")
    assert ordered(client, "ledger/?tab=all", paper="a4") != first
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert ordered(client, "ledger/?tab=all", paper="a4").ordered_at > first.ordered_at


def test_what_is_made_again_has_the_same_bytes_whatever_happened_since(cast: Cast) -> None:
    problems(cast)
    printout = ordered(signed_in(cast.leader), "ledger/?tab=all", paper="a4")
    case_at_a1(cast, "planning")
    first = printouts.make(printout.pk, lambda *said: None)
    again = printouts.make(printout.pk, lambda *said: None)
    assert first is not None and again is not None and first.content == again.content
    assert content_of(printout) == first.content


def test_a_job_that_runs_twice_makes_one_file(cast: Cast) -> None:
    printout = ordered(signed_in(cast.leader), "brief/")
    content_of(printout)
    kept = printout.stored_file_id
    Job.objects.filter(pk=printout.job_id).update(state="queued", finished_at=None, due_at=clock.now())
    assert jobs.run_now(printout.job_id)  # type: ignore[arg-type]
    printout.refresh_from_db()
    assert printout.stored_file_id == kept
    assert AuditEntry.objects.filter(action="inspections.printout.made").count() == 1


def test_a_cancelled_order_is_begun_again_or_ordered_anew(cast: Cast) -> None:
    client = signed_in(cast.leader)
    printout = ordered(client, "brief/")
    assert submit(client, f"/jobs/{printout.job_id}/cancel/", {}).status_code == 302
    page = text_of(client.get(f"/printouts/{printout.no}/"))
    assert "已取消" in page and "重试" in page
    assert ordered(client, "brief/") != printout
    assert submit(client, f"/jobs/{printout.job_id}/retry/", {}).status_code == 302
    assert "一页纸" in words_of(content_of(printout))


def test_a_cause_is_said_in_words(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    task.problem.fact = "\N{CUNEIFORM SIGN A}"
    task.problem.save()
    client = signed_in(cast.leader)
    printout = ordered(client, "ledger/?tab=all", paper="a4")
    jobs.run_now(printout.job_id)  # type: ignore[arg-type]
    assert "U+12000" in text_of(client.get(f"/printouts/{printout.no}/"))


def test_wrong_choices_are_said_and_the_rest_is_kept(cast: Cast) -> None:
    client = signed_in(cast.leader)
    assert "请从列表中选择纸张" in text_of(submit(client, "/printouts/new/ledger/", {"paper": "a0"}))
    answer = submit(
        client, "/printouts/new/period/", {"span": "half_month", "on": "昨天", "words": "逐校核查"}
    )
    assert "请填写正确的日期" in text_of(answer) and "逐校核查" in answer.content.decode()
    ahead = submit(client, "/printouts/new/period/", {"span": "half_month", "on": "2026-12-20"})
    assert "这一期还没有开始" in text_of(ahead)
    assert not Printout.objects.exists()


def test_a_list_of_fifty_asks_the_database_as_one_of_one(cast: Cast, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.leader)
    first = ordered(client, "brief/")
    client.get("/printouts/")
    with CaptureQueriesContext(connection) as few:
        client.get("/printouts/")
    for place in range(2, 60):
        Printout.objects.create(
            no=f"2026-Y{place:04}",
            kind="brief",
            title="一页纸",
            data={},
            digest=f"{place:064}",
            template_version="1",
            ordered_by=cast.leader,
            stored_file=first.stored_file,
        )
    with CaptureQueriesContext(connection) as many:
        assert "下一页" in text_of(client.get("/printouts/"))
    assert len(many) == len(few)


# --- Whose --------------------------------------------------------------------------------------------------
def test_nobody_sees_anothers_printout_or_its_file(cast: Cast) -> None:
    printout = ordered(signed_in(cast.clerk_a1), "check/?unit=3152000001")
    content_of(printout)
    for who in ("head_a1", "clerk_b1", "task_force", "leader", "inspector_a"):
        client = signed_in(cast.people[who])
        assert client.get(f"/printouts/{printout.no}/").status_code == 404, who
        assert client.get(f"/files/{printout.stored_file_id}/").status_code == 404, who
        assert printout.no not in text_of(client.get("/printouts/"))


def test_foreign_units_visits_and_cases_are_not_printed(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    visit = planned(cast)
    addresses = (
        "check/?unit=3152000001",
        f"case/?problem={task.problem.no}",
        f"visit/?visit={visit.no}",
    )
    for address in addresses:
        for who in ("clerk_b1", "inspector_b"):
            client = signed_in(cast.people[who])
            assert client.get(f"/printouts/new/{address}").status_code == 404, (who, address)
            assert submit(client, f"/printouts/new/{address}", {}).status_code == 404
    assert not Printout.objects.exists()


def test_who_lost_the_right_in_between_gets_nothing(cast: Cast) -> None:
    client = signed_in(cast.clerk_a1)
    printout = ordered(client, "check/?unit=3152000001")
    Membership.objects.filter(user=cast.clerk_a1).update(to_on=clock.today() - timedelta(days=1))
    assert not jobs.run_now(printout.job_id)  # type: ignore[arg-type]
    job = Job.objects.get(pk=printout.job_id)
    assert (job.state, job.error) == ("dead", "您已不能查看其中的内容，没有生成")
    printout.refresh_from_db()
    assert printout.stored_file is None
    assert signed_in(cast.clerk_a1).get(f"/printouts/{printout.no}/").status_code in (403, 404)


# --- The kinds ----------------------------------------------------------------------------------------------
def test_the_leaders_page_is_ordered_from_the_board(cast: Cast) -> None:
    problems(cast)
    client = signed_in(cast.leader)
    assert 'action="/printouts/new/brief/"' in client.get("/board/page/").content.decode()
    text = printed(client, "brief/")
    assert "云溪县“双减”工作一页纸" in text and "逾期3天" in text and "自查提交" in text


def test_a_blank_form_asks_a_unit_what_concerns_it(cast: Cast) -> None:
    page = signed_in(cast.clerk_a1).get("/units/3152000001/").content.decode()
    assert "/printouts/new/check/?unit=3152000001" in page
    primary = printed(signed_in(cast.clerk_a1), "check/?unit=3152000001")
    junior = printed(signed_in(cast.clerk_b1), "check/?unit=3152000003")
    assert "城关小学" in primary and "4-1" in primary and "□不适用" in primary
    assert "4-3" in junior and "4-1" not in junior
    institution = printed(signed_in(cast.clerk_a3), "check/?unit=91520000MA6XXXXX05")
    assert "第13条" in institution and "第4条" not in institution


def test_the_case_file_has_its_rounds_proofs_and_course(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    proof = proven(task, "整改前后.pdf")
    client = signed_in(cast.clerk_a1)
    assert (
        f"/printouts/new/case/?problem={task.problem.no}"
        in client.get(f"/problems/{task.problem.no}/file/").content.decode()
    )
    text = printed(client, f"case/?problem={task.problem.no}")
    assert task.problem.no in text and "第1次整改：待核查" in text and "整改措施" in text
    assert "整改前后.pdf" in text and proof.sha256 in text


def test_a_half_month_counts_its_own_days_with_both_figures(cast: Cast) -> None:
    problems(cast)
    late = case_at_a1(cast, "rectifying", due_in=-20)
    late.problem.found_on = date(2026, 10, 20)
    late.problem.save()
    client = signed_in(cast.task_force)
    text = printed(client, "period/", span="half_month", on="2026-11-16", words="逐校核查")
    assert "云溪县“双减”工作半月通报（2026年11月16日至30日）" in text
    assert "发现问题2个，其中红线0个" in text
    assert "发现问题（个）20" in text, "two now, none before: found on 20 October, it belongs to neither"
    assert "实地督导的学校和机构0/4，0%0/4，0%" in text and "举报办结——" in text
    assert "逐校核查" in text and "城关小学" in text
    term = printed(client, "period/", span="term", on="2026-11-16")
    assert "学期简报" in term and "2026年秋季学期" in term and "发现问题3个" in term


def signed_report(cast: Cast, term: Term) -> SupervisionReport:
    """The county's report, drafted, signed and issued."""
    made = report.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)
    common: dict[str, Any] = {"row_id": made.pk, "version": None}
    report.SIGNING.save(
        actor=cast.supervision, sections={key: "按方案落实。" for key in made.sections}, **common
    )
    report.SIGNING.submit(actor=cast.supervision, **common)
    report.SIGNING.sign(actor=cast.leader, **common)
    final = store_generated(data=a_pdf(), name="报告.pdf")
    return report.SIGNING.complete_issue(row_id=made.pk, file=final, template_version="test")


def test_results_are_published_from_a_signed_report_alone(cast: Cast, term: Term) -> None:
    problems(cast)
    drafted = report.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)
    client = signed_in(cast.supervision)
    early = client.get(f"/printouts/new/results/?report={drafted.no}")
    assert early.status_code == 400 and "请先签发" in text_of(early)
    report.SIGNING.discard(row_id=drafted.pk, actor=cast.supervision, version=None, words="重来")
    made = signed_report(cast, term)
    assert "结果公示" in text_of(client.get(f"/reports/{made.no}/"))
    problem = case_at_a1(cast, "rectifying").problem  # after the signature: not in the frozen figures
    past = submit(client, f"/printouts/new/results/?report={made.no}", {"published_on": "2026-11-13"})
    assert "公示日期不能早于今天" in text_of(past)
    text = printed(client, f"results/?report={made.no}", published_on="2026-11-16", address="文教路1号")
    assert "关于2026年秋季学期“双减”工作督导结果的公示" in text
    assert "自2026年11月16日起至2026年11月23日止" in text and "文教路1号" in text
    assert "发现问题少于5个" in text
    assert "城关小学学校未达标" in text and "基本达标" in text
    for hidden in (problem.no, problem.fact, "李静", "黄勇"):
        assert hidden not in text


def a_year_at_a1(cast: Cast, term: Term) -> None:
    """A confirmed self-check, a confirmed visit, and a case with proofs."""
    round_ = draft(cast, term)
    rounds.publish(round_id=round_.pk, actor=cast.task_force)
    check = fill(check_of(cast.a1), cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    visit = planned(cast)
    common: dict[str, Any] = {"visit_id": visit.pk, "actor": cast.inspector_a, "version": None}
    visits.start(**common)
    visit_findings.save_finding(item=item("R04-1"), value="meets", **common)
    visits.end(summary="总体较好", **common)
    visits.confirm(unit_person="黄勇", unit_person_post="校长", **common)
    proven(case_at_a1(cast, "verifying"), "整改前后.pdf")


def test_the_box_of_a_year_holds_what_its_list_names(cast: Cast, term: Term) -> None:
    a_year_at_a1(cast, term)
    client = signed_in(cast.supervision)
    assert "/printouts/new/archive/?unit=3152000001" in client.get("/units/3152000001/").content.decode()
    printout = ordered(client, "archive/?unit=3152000001", year="2026")
    content = content_of(printout)
    assert client.get(f"/files/{printout.stored_file_id}/")["Content-Type"] == "application/zip"
    package = zipfile.ZipFile(BytesIO(content))
    names = package.namelist()
    assert names[:3] == ["校验值.txt", "卷内目录.pdf", "卷脊.pdf"]
    sums = dict(line.split("  ", 1)[::-1] for line in package.read(names[0]).decode().splitlines())
    assert set(sums) == set(names[1:])
    assert all(sha256(package.read(name)).hexdigest() == digest for name, digest in sums.items())
    listed = words_of(package.read("卷内目录.pdf"))
    for words in ("自查表", "现场检查记录", "第4条问题案卷", "共3件", "10年", "30年"):
        assert words in listed, words
    assert "2026-Y" in words_of(package.read("卷脊.pdf")) and "保管期限" in listed
    assert any(name.endswith("附01 整改前后.pdf") for name in names)
    records = [name for name in names if "现场检查记录/" in name]
    assert "总体较好" in words_of(package.read(records[0]))
    again = printouts.KINDS["archive"].make(printout, lambda *said: None)
    assert again.content == content


def test_the_box_holds_papers_with_their_scans_and_numbers_the_pictures(cast: Cast) -> None:
    row = issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")]))
    sealed = store_generated(data=a_pdf(), name="扫描件.pdf")
    Paper.objects.filter(pk=row.pk).update(scan=sealed)
    visit = planned(cast)
    common: dict[str, Any] = {"visit_id": visit.pk, "actor": cast.inspector_a, "version": None}
    visits.start(**common)
    photos = [
        store_generated(data=picture(size=(30, side)), name=f"{name}.jpg", content_type="image/jpeg")
        for name, side in (("甲", 20), ("乙", 30))
    ]
    finding = {"item": item("R04-1"), "value": "problem", "text": "超时", "due_days": 15}
    visit_findings.save_finding(**finding, photos=photos, **common)
    visits.end(summary="作业偏多", **common)
    visits.confirm(unit_person="黄勇", unit_person_post="校长", **common)
    content = content_of(ordered(signed_in(cast.supervision), "archive/?unit=3152000001", year="2026"))
    package = zipfile.ZipFile(BytesIO(content))
    names = package.namelist()
    folder = next(name.split("/")[0] for name in names if "整改通知书" in name)
    assert len([name for name in names if name.startswith(f"{folder}/")]) == 2
    listed = words_of(package.read("卷内目录.pdf"))
    assert row.document_no in listed and "整改通知书" in listed
    assert [name.split("/")[1] for name in names if "甲" in name or "乙" in name] == [
        "附01 照片1 甲.jpg", "附02 照片2 乙.jpg",
    ]  # fmt: skip
    record = next(name for name in names if "现场检查记录/" in name and name.endswith(".pdf"))
    assert "超时（照片1—2）" in "".join(words_of(package.read(record)).split())


def test_an_empty_year_has_no_box_and_the_future_none(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    url = "/printouts/new/archive/?unit=3152000001"
    assert "2025年没有可以归档的文件" in text_of(submit(client, url, {"year": "2025"}))
    assert "年度不能晚于今年" in text_of(submit(client, url, {"year": "2027"}))
    assert signed_in(cast.leader).get(url).status_code == 403


def test_a_lost_file_stops_the_box_by_name(cast: Cast, term: Term) -> None:
    proof = proven(case_at_a1(cast, "verifying"), "整改前后.pdf")
    printout = ordered(signed_in(cast.task_force), "archive/?unit=3152000001", year="2026")
    path = blobs.path_of(proof.sha256)
    content = path.read_bytes()
    path.unlink()
    try:
        assert not jobs.run_now(printout.job_id)  # type: ignore[arg-type]
    finally:
        path.write_bytes(content)
    error = Job.objects.get(pk=printout.job_id).error
    assert "整改前后.pdf" in error and "缺失，没有归档" in error
