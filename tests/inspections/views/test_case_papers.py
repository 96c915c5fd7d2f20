"""Papers of accountability, letters and records, through their pages: begun, signed, what they set going."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from inspections.models import Paper, RectificationTask, Sanction, Transfer
from inspections.papers import rendering
from inspections.workflows import papers as workflow
from inspections.workflows import sanctions, transfers
from shuangjian import clock
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, Notification, Series
from shuangjian.policy import calendar
from tests.cast import Cast
from tests.inspections.cases import case_in, red_line
from tests.inspections.papering import fresh
from tests.inspections.sanctioning import bring_to, instructed, paper_of
from tests.inspections.sanctioning import fresh as fresh_case
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")
ADDRESSES = {"review_address": "文教路1号教育局3楼", "complaint_address": "市府路9号"}
HEARD = "11月12日校长书面说明了情况"


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes stand for the paper, which tests/documents looks at."""
    monkeypatch.setattr(rendering, "pdf_of", lambda row, progress=None: b"%PDF-1.7 " + row.no.encode())


def talk_day() -> date:
    return calendar.add_working_days(clock.today(), 5).on


def fields_of(kind: str) -> dict[str, Any]:
    """What the form of each kind asks of a person, without a mistake."""
    by = (clock.today() + timedelta(days=30)).isoformat()
    return {
        "talk": {
            "meeting_on": talk_day().isoformat(), "meeting_time": "09:30", "place": "教育局二楼会议室",
            "people": "校长和分管副校长", "bring": "整改情况书面说明", "delivery": "online", **ADDRESSES,
        },
        "circular": {"readers": "各学校", "heard": HEARD, "delivery": "on_paper", **ADDRESSES},
        "proposal": {"body": "县委教育工作委员会", "heard": HEARD, "answer_by": by},
        "praise": {"readers": "各学校", "reason": "11月督导时到场核实", "delivery": "online"},
        "transfer": {"reason": "虚假宣传由市场监管部门查处", "report_by": by, "delivery": "online"},
        "consult": {"reason": "收费公示由两家共管", "report_by": by, "delivery": "online"},
        "talk_record": {},
    }[kind]  # fmt: skip


def begin(client: Client, kind: str, code: str, about: str = "", **changed: Any) -> Any:
    address = f"/papers/new/{kind}/{code}/{'?' + about if about else ''}"
    return submit(client, address, fields_of(kind) | changed)


def begun(cast: Cast, kind: str, code: str, about: str = "", **changed: Any) -> Paper:
    answer = begin(signed_in(cast.supervision), kind, code, about, **changed)
    assert answer.status_code == 302, text_of(answer)
    return Paper.objects.latest("pk")


def drafted(cast: Cast, case: Sanction, **changed: Any) -> Paper:
    return begun(cast, case.kind, cast.a1.code, f"sanction={case.no}", **changed)


def write(cast: Cast, row: Paper) -> None:
    texts = {key: "已写明。" for key in row.sections}
    workflow.SIGNING.save(row_id=row.pk, actor=cast.supervision, version=None, sections=texts)


def sign(cast: Cast, row: Paper) -> str:
    """As office and leader do it on the pages; what the leader reads after his signature."""
    write(cast, row)
    answer = submit(signed_in(cast.supervision), f"/papers/{row.no}/submit/", {}, version=fresh(row).version)
    assert answer.status_code == 302
    leader = signed_in(cast.leader)
    answer = submit(leader, f"/papers/{row.no}/sign/", {}, version=fresh(row).version)
    return text_of(leader.get(answer.url) if answer.status_code == 302 else answer)


def issue(cast: Cast, row: Paper) -> Paper:
    assert "已签发" in sign(cast, row)
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    return fresh(row)


def words_of(row: Paper) -> str:
    return "".join(re.sub(r"<[^>]+>", "", rendering.preview_html(fresh(row))).split())


def case_of(cast: Cast, kind: str) -> Sanction:
    return instructed(cast, kind=kind)


# --- Accountability -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["talk", "circular", "proposal"])
def test_the_signature_gives_the_case_its_number_day_and_state(cast: Cast, kind: str) -> None:
    case = case_of(cast, kind)
    office, head = signed_in(cast.supervision), signed_in(cast.head_a1)
    assert (
        f"/papers/new/{kind}/{cast.a1.code}/?sanction={case.no}"
        in office.get(f"/sanctions/{case.no}/").content.decode()
    )
    row = drafted(cast, case)
    assert head.get(f"/sanctions/{case.no}/").status_code == 404
    assert head.get(f"/papers/{row.no}/").status_code == 404
    done, after = issue(cast, row), fresh_case(case)
    assert (after.state, after.document_no, after.issued_on) == (
        "notified",
        "云教督〔2026〕1号",
        clock.today(),
    )
    assert (done.document_no, done.signed_on) == (after.document_no, after.issued_on)
    assert after.issuer == "云溪县人民政府教育督导委员会办公室"
    if kind == "talk":
        assert after.meeting_at is not None and clock.local_day(after.meeting_at) == talk_day()
        assert after.place == "教育局二楼会议室"
    else:
        assert after.heard == HEARD
    entry = AuditEntry.objects.filter(subject_no=case.no).latest("seq")
    assert (entry.action, entry.actor_id) == ("inspections.sanction.issue", cast.leader.pk)
    assert entry.after["paper"] == row.no
    assert case.no in text_of(head.get("/sanctions/"))
    assert done.document_no in text_of(head.get(f"/papers/{row.no}/"))
    told = Notification.objects.filter(recipient=cast.head_a1)
    assert [one.kind for one in told] == ["paper.issued"], "told once, when the file is there"


@pytest.mark.parametrize("kind", ["talk", "circular", "proposal"])
def test_ways_of_appeal_are_printed_on_every_decision(cast: Cast, kind: str) -> None:
    text = words_of(drafted(cast, case_of(cast, kind)))
    for words in ("文教路1号教育局3楼", "市府路9号", "60日内作出决定", "不停止本决定的执行"):
        assert (words in text) is (kind != "proposal"), words
    assert ("本建议不是处理决定" in text) is (kind == "proposal")
    assert "同意约谈" not in text, "the 批示 stands in no paper"
    assert "专班" not in text  # P11


def test_a_case_has_one_paper_and_a_typed_in_number_waits_for_none(cast: Cast) -> None:
    case = case_of(cast, "talk")
    row = drafted(cast, case)
    again = begin(signed_in(cast.task_force), "talk", cast.a1.code, f"sanction={case.no}")
    assert row.no in text_of(again)
    with pytest.raises(Refused, match=row.no):
        sanctions.issue(sanction_id=case.pk, actor=cast.supervision, version=None, **paper_of(case))
    workflow.SIGNING.discard(row_id=row.pk, actor=cast.supervision, version=None, words="别处已发文")
    sanctions.issue(
        sanction_id=case.pk,
        actor=cast.supervision,
        version=None,
        **paper_of(case, document_no="云教约〔2026〕4号"),
    )
    assert fresh_case(case).document_no == "云教约〔2026〕4号"
    late = begin(signed_in(cast.supervision), "talk", cast.a1.code, f"sanction={case.no}")
    assert late.status_code == 200 and Paper.objects.count() == 1


def test_a_revoked_case_takes_its_papers_signature_away_and_no_number_is_lost(cast: Cast) -> None:
    case = case_of(cast, "talk")
    row = drafted(cast, case)
    bring_to(cast, case, "revoked")
    assert "已撤销" in sign(cast, row)
    assert (fresh(row).state, fresh(row).document_no) == ("review", "")
    assert not Series.objects.filter(kind="document:云教督").exists()


def test_a_talk_that_has_become_too_soon_is_not_signed(cast: Cast) -> None:
    row = drafted(cast, case_of(cast, "talk"))
    with clock.at(clock.now() + timedelta(days=5)):
        assert "约谈要提前3个工作日通知" in sign(cast, row)
    assert fresh(row).state == "review"


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("talk", {"meeting_on": "2026-11-17"}, "提前3个工作日"),
        ("talk", {"meeting_on": "2027-11-16"}, "最迟在90天内"),
        ("talk", {"review_address": ""}, "受理复核的地址"),
        ("circular", {"heard": ""}, "听取单位陈述的情况"),
        ("proposal", {"answer_by": "2026-01-05"}, "反馈日期要晚于今天"),
        ("proposal", {"body": ""}, "主送机关"),
    ],
)
def test_a_bad_entry_is_said_in_chinese_and_keeps_the_others(
    cast: Cast, kind: str, changed: dict[str, str], words: str
) -> None:
    case = case_of(cast, kind)
    answer = begin(signed_in(cast.supervision), kind, cast.a1.code, f"sanction={case.no}", **changed)
    assert answer.status_code == 200 and words in text_of(answer)
    kept = fields_of(kind) | changed
    assert all(value in answer.content.decode() for value in kept.values() if value and value.isalpha())
    assert not Paper.objects.exists()


def test_a_paper_is_withdrawn_only_after_its_case_is_revoked(cast: Cast) -> None:
    case = case_of(cast, "circular")
    row = issue(cast, drafted(cast, case))
    with pytest.raises(Refused, match=case.no):
        workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="事实有误")
    sanctions.revoke(sanction_id=case.pk, actor=cast.leader, version=None, words="事实有误")
    workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="事实有误")
    assert fresh(row).state == "withdrawn"


def test_the_record_of_a_talk_is_made_in_one_go_and_keeps_what_was_said(cast: Cast) -> None:
    case = bring_to(cast, case_of(cast, "talk"), "notified")
    early = begin(signed_in(cast.supervision), "talk_record", cast.a1.code, f"sanction={case.no}")
    assert "登记办理情况后" in text_of(early)
    with clock.at(case.meeting_at or clock.now()):
        sanctions.handle(
            sanction_id=case.pk,
            actor=cast.supervision,
            version=None,
            outcome="指出两次逾期。\n校长认可。",
            handled_on=clock.today(),
            attendance="陈志远 分管领导\n张华 校长",
            commitments=[sanctions.Commitment("每周公示作业", "李静", clock.today() + timedelta(days=20))],
        )
        row = begun(cast, "talk_record", cast.a1.code, f"sanction={case.no}")
        assert (row.state, row.document_no, row.document_number) == ("issuing", f"约谈纪要{case.no}", None)
        assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
        text = words_of(row)
    for words in ("张华校长", "每周公示作业", "李静", "校长认可。", case.document_no, "被约谈人（签字）"):
        assert words in text, words
    one = fresh_case(case).commitments.get()
    one.text = "改过的承诺"
    one.save()
    assert "改过的承诺" not in words_of(row) and "每周公示作业" in words_of(row)
    assert fresh(row).state == "issued"
    assert "送达回证" not in text
    moves = workflow.MACHINE.open_moves(fresh(row), cast.supervision)
    assert moves == ["attach-scan"]
    scan = store_generated(data=b"%PDF-1.7 s", name="手签.pdf")
    workflow.SIGNING.attach_scan(row_id=row.pk, actor=cast.task_force, version=None, scan=scan)


# --- Praise ---------------------------------------------------------------------------------


def test_a_unit_is_praised_unless_a_breach_is_open_there(cast: Cast) -> None:
    row = issue(cast, begun(cast, "praise", cast.a1.code))
    assert row.document_no == "云教函〔2026〕1号"
    assert "予以通报表扬" in words_of(row) and "招生推荐" not in words_of(row)
    case_in("rectifying", unit=cast.b1, found_by=cast.task_force, prohibition=red_line())
    answer = begin(signed_in(cast.supervision), "praise", cast.b1.code)
    assert "没有销号，不能起草表扬通报" in text_of(answer)


# --- Letters --------------------------------------------------------------------------------


@pytest.fixture
def case(cast: Cast) -> RectificationTask:
    return case_in("rectifying", unit=cast.units["a3"], found_by=cast.task_force)


def letter(cast: Cast, case: RectificationTask, kind: str = "transfer", **changed: Any) -> Paper:
    to = {"to": cast.units["department"].pk}
    return begun(cast, kind, cast.units["a3"].code, f"problem={case.no}", **(to | changed))


def test_a_signed_letter_hands_the_case_over_under_its_number(cast: Cast, case: RectificationTask) -> None:
    office, partner, manager = (
        signed_in(one) for one in (cast.supervision, cast.partner, cast.people["manager_a3"])
    )
    page = office.get(f"/problems/{case.no}/").content.decode()
    assert f"/papers/new/transfer/{cast.units['a3'].code}/?problem={case.no}" in page
    row = letter(cast, case)
    assert row.organisation == cast.units["department"]
    assert partner.get(f"/papers/{row.no}/").status_code == 404
    assert partner.get(f"/problems/{case.no}/").status_code == 404
    done = issue(cast, row)
    case.refresh_from_db()
    transfer = Transfer.objects.get()
    assert (case.state, done.transfer) == ("transferred", transfer)
    assert (transfer.letter_no, transfer.department) == ("云教函〔2026〕1号", cast.units["department"])
    assert (transfer.reason, transfer.sent_by) == ("虚假宣传由市场监管部门查处", cast.leader)
    kinds = set(Notification.objects.filter(recipient=cast.partner).values_list("kind", flat=True))
    assert kinds == {"transfer.sent"}
    assert done.document_no in text_of(partner.get(f"/papers/{row.no}/"))
    assert done.document_no in text_of(partner.get(f"/problems/{case.no}/"))
    assert row.no in text_of(partner.get("/papers/"))
    assert manager.get(f"/papers/{row.no}/").status_code == 404, "a letter between offices"
    assert "签收公文" in text_of(partner.get("/desk/"))
    answer = submit(partner, f"/papers/{row.no}/receive/", {}, version=done.version)
    assert answer.status_code == 302 and fresh(row).receiver == cast.partner.name
    text = words_of(row)
    for words in ("县市场监督管理局：", "移交函回执", "不予接收", "填写回执", cast.units["a3"].name):
        assert words in text, words


def test_a_department_sees_its_own_letters_alone(cast: Cast, case: RectificationTask) -> None:
    other = letter(cast, case, "consult", to=cast.units["office"].pk)
    issue(cast, other)
    mine = issue(cast, letter(cast, case, "consult"))
    partner = signed_in(cast.partner)
    assert partner.get(f"/papers/{other.no}/").status_code == 404
    page = text_of(partner.get("/papers/"))
    assert mine.no in page and other.no not in page
    case.refresh_from_db()
    assert (case.state, Transfer.objects.count()) == ("rectifying", 0), "a 商请函 hands nothing over"
    assert signed_in(cast.people["office_staff"]).get(f"/papers/{other.no}/").status_code == 403


def test_a_case_that_went_on_meanwhile_is_not_handed_over(cast: Cast, case: RectificationTask) -> None:
    row = letter(cast, case)
    RectificationTask.objects.filter(pk=case.pk).update(state="verifying")
    sign(cast, row)
    assert (fresh(row).state, fresh(row).document_no, Transfer.objects.count()) == ("review", "", 0)


def test_a_typed_in_letter_waits_for_none_under_way(cast: Cast, case: RectificationTask) -> None:
    row = letter(cast, case)
    sent: dict[str, Any] = {
        "task_id": case.pk, "actor": cast.task_force, "version": None, "department": cast.units["department"],
        "letter_no": "云教函〔2026〕88号", "words": "由市场监管部门查处",
        "report_by": clock.today() + timedelta(days=20),
    }  # fmt: skip
    with pytest.raises(Refused, match=row.no):
        transfers.send(**sent)
    workflow.SIGNING.discard(row_id=row.pk, actor=cast.supervision, version=None, words="别处已发函")
    transfers.send(**sent)
    assert Transfer.objects.get().letter_no == "云教函〔2026〕88号"


def test_a_letter_is_withdrawn_only_after_the_case_is_taken_back(cast: Cast, case: RectificationTask) -> None:
    row = issue(cast, letter(cast, case))
    with pytest.raises(Refused, match="先收回移交"):
        workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="部门有误")
    transfers.take_back(
        task_id=case.pk,
        actor=cast.task_force,
        version=None,
        words="机构已改",
        due_on=clock.today() + timedelta(days=9),
    )
    workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="部门有误")
    assert fresh(row).state == "withdrawn"
    assert Notification.objects.filter(recipient=cast.partner, kind="paper.withdrawn").count() == 1


def test_another_department_is_chosen_while_it_is_a_draft(cast: Cast, case: RectificationTask) -> None:
    row = letter(cast, case)
    changed = fields_of("transfer") | {"to": cast.units["office"].pk, "reason": "由基础教育股查处"}
    answer = submit(signed_in(cast.supervision), f"/papers/{row.no}/refresh/", changed, version=row.version)
    assert answer.status_code == 302
    after = fresh(row)
    assert (after.organisation_id, after.data["reason"]) == (cast.units["office"].pk, "由基础教育股查处")
    assert after.data["unit"]["name"] == cast.units["a3"].name
