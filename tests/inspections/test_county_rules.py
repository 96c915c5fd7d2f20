"""The county's own nine rules: who is charged, the office's self-check, its problems, what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from inspections import board_matrix
from inspections.check_sheet import ItemAnswer
from inspections.models import Answer, Problem, SelfCheck, Submission
from inspections.reports import loading, supervision
from inspections.reports.data import SupervisionData, restore
from inspections.workflows import rectification, self_check
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Rule, RuleCharge, Term
from shuangjian.policy.workflows import charges
from tests.cast import Cast
from tests.inspections import checking
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")

CODES = [f"R{number}" for number in range(22, 31)]
PARTLY = ItemAnswer(value="partly", problem_text="年度考核方案里减负只占2分")


def charge(cast: Cast, *codes: str, office: Organisation | None = None) -> None:
    offices = {code: office or cast.office for code in codes}
    charges.charge(actor=cast.task_force, version=None, offices=offices)


def asked(cast: Cast, term: Term, *codes: str) -> SelfCheck:
    """The office's check of a round for offices, after it was charged with the rules."""
    charge(cast, *codes)
    checking.publish(cast, term, title="2026年秋季学期县里九条自查", unit_kinds=["office"])
    return checking.check_of(cast.office)


def handed_in(cast: Cast, term: Term) -> SelfCheck:
    """第22条 partly met, 第24条 met."""
    check = checking.fill(asked(cast, term, "R22", "R24"), cast.office_staff, R22_2=PARTLY)
    return self_check.confirm(check_id=check.pk, actor=cast.office_staff)


def report_of(cast: Cast, term: Term) -> SupervisionData:
    taken = loading.take_figures(kind="county", term=term, organisation=cast.county, as_of=clock.now())
    return restore(SupervisionData, taken)


def board_of(cast: Cast, term: Term) -> dict[int, board_matrix.CountyLine]:
    return {line.rule.number: line for line in board_matrix.county_lines(cast.task_force, term)}


# --- Who is charged -------------------------------------------------------------------


def test_the_task_force_charges_offices_by_the_form_of_nine(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    page = client.get("/rules/offices/")
    assert list(page.context["form"].fields) == CODES
    answer = submit(client, "/rules/offices/", {"R22": cast.office.pk, "R24": cast.office.pk}, version=0)
    assert answer.status_code == 302
    assert dict(RuleCharge.objects.values_list("rule_code", "organisation__name")) == {
        "R22": "基础教育股",
        "R24": "基础教育股",
    }
    entries = AuditEntry.objects.filter(action="policy.rule_charge.changed").order_by("seq")
    assert [(entry.subject_no, entry.after["office"]) for entry in entries] == [
        ("R22", cast.office.pk),
        ("R24", cast.office.pk),
    ]
    assert "牵头科室 基础教育股" in text_of(client.get("/rules/22/"))
    assert "牵头科室" not in text_of(client.get("/rules/23/"))


def test_saving_the_same_again_changes_nothing(cast: Cast) -> None:
    charge(cast, "R22")
    assert charges.charge(actor=cast.task_force, version=1, offices={"R22": cast.office, "R23": None}) == 0
    assert AuditEntry.objects.filter(action="policy.rule_charge.changed").count() == 1


def test_a_stale_list_is_refused(cast: Cast) -> None:
    charge(cast, "R22")
    with pytest.raises(StaleRow):
        charges.charge(actor=cast.task_force, version=0, offices={"R22": None})
    assert RuleCharge.objects.get().organisation == cast.office


def test_a_version_that_no_list_had_is_stale_before_the_first_charge_too(cast: Cast) -> None:
    answer = submit(signed_in(cast.task_force), "/rules/offices/", {"R22": cast.office.pk, "_version": "999"})
    assert answer.status_code == 409
    assert not RuleCharge.objects.exists()


@pytest.mark.parametrize("who", ["leader", "supervision", "office_staff"])
def test_nobody_else_charges(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        charges.charge(actor=cast.people[who], version=None, offices={"R22": cast.office})


def test_only_offices_at_work_are_charged_and_only_with_rules_of_the_county(cast: Cast) -> None:
    with pytest.raises(Refused, match="不是在用的科室"):
        charge(cast, "R22", office=cast.a1)
    with pytest.raises(Refused, match="政府管理监督"):
        charge(cast, "R04")
    assert not RuleCharge.objects.exists()


# --- Its self-check -------------------------------------------------------------------


def test_each_office_is_asked_its_own_rules_and_nobody_else(cast: Cast, term: Term) -> None:
    check = asked(cast, term, "R22", "R24")
    assert SelfCheck.objects.count() == 1
    codes = set(Answer.objects.filter(self_check=check).values_list("item__code", flat=True))
    assert codes == {"R22-1", "R22-2", "R22-3", "R24-1", "R24-2"}
    assert Notification.objects.filter(recipient=cast.office_staff, kind="check.opened").count() == 1


def test_without_a_charge_no_office_is_asked(cast: Cast, term: Term) -> None:
    with pytest.raises(Refused, match="给科室确定牵头的条目"):
        checking.publish(cast, term, unit_kinds=["office"])


def test_a_round_for_all_kinds_asks_each_its_own(cast: Cast, term: Term) -> None:
    charge(cast, *CODES)
    checking.publish(cast, term, unit_kinds=["school", "institution", "office"])
    assert set(SelfCheck.objects.values_list("organisation__name", flat=True)) == {
        "城关小学", "实验学校", "第二中学", "启明教育培训中心", "基础教育股",
    }  # fmt: skip
    rules = Answer.objects.filter(self_check=checking.check_of(cast.office)).values("item__rule__group")
    assert {row["item__rule__group"] for row in rules} == {Rule.Group.GOVERNMENT}


def test_a_new_round_is_for_schools_and_institutions_unless_offices_are_ticked(cast: Cast) -> None:
    form = signed_in(cast.task_force).get("/rounds/new/").context["form"]
    assert form["unit_kinds"].initial == ["school", "institution"]
    assert [value for value, _ in form.fields["unit_kinds"].choices] == ["school", "institution", "office"]


def test_the_office_answers_and_signs_by_its_own_account(cast: Cast, term: Term) -> None:
    check = asked(cast, term, "R22", "R24")
    client = signed_in(cast.office_staff)
    assert check.no in text_of(client.get("/desk/"))
    assert "科室负责的2条" in text_of(client.get(f"/checks/{check.no}/"))
    assert client.get(f"/checks/{check.no}/22/").status_code == 200
    assert client.get(f"/checks/{check.no}/23/").status_code == 404
    checking.fill(check, cast.office_staff, R22_2=PARTLY)
    assert "确认并提交" in text_of(client.get(f"/checks/{check.no}/review/"))
    check = checking.check_of(cast.office)
    answer = submit(client, f"/checks/{check.no}/confirm/", {}, version=check.version)
    assert answer.status_code == 302
    check.refresh_from_db()
    assert (check.state, check.confirmed_by, check.confirmed_name) == (
        SelfCheck.State.SUBMITTED,
        cast.office_staff,
        "刘洋",
    )
    assert Submission.objects.get(self_check=check).answers["R22-2"]["value"] == "partly"


@pytest.mark.parametrize("who", ["clerk_a1", "head_a1", "partner", "inspector_a", "team_inspector"])
def test_others_find_no_such_check(cast: Cast, term: Term, who: str) -> None:
    check = asked(cast, term, "R22")
    assert signed_in(cast.people[who]).get(f"/checks/{check.no}/").status_code in (403, 404)


def test_an_office_finds_nothing_of_a_school(cast: Cast, term: Term) -> None:
    charge(cast, "R22")
    checking.publish(cast, term, unit_kinds=["school", "office"])
    school = checking.check_of(cast.a1)
    client = signed_in(cast.office_staff)
    assert client.get(f"/checks/{school.no}/").status_code == 404
    assert school.no not in text_of(client.get("/checks/"))


def test_the_task_force_accepts_or_returns_it(cast: Cast, term: Term) -> None:
    check = handed_in(cast, term)
    returned = self_check.send_back(check_id=check.pk, actor=cast.task_force, notes={22: "写明方案的文号"})
    assert returned.state == SelfCheck.State.RETURNED
    again = self_check.confirm(check_id=check.pk, actor=cast.office_staff)
    with pytest.raises(NotAllowed):
        self_check.accept(check_id=again.pk, actor=cast.office_staff)
    assert self_check.accept(check_id=again.pk, actor=cast.task_force).state == SelfCheck.State.ACCEPTED


def test_a_later_change_of_hands_leaves_the_check_as_it_is(cast: Cast, term: Term) -> None:
    check = asked(cast, term, "R22", "R24")
    charges.charge(actor=cast.task_force, version=None, offices={"R22": None})
    sheet = checking.sheet_of(check)
    assert [rule.rule.number for rule in sheet.rules] == [22, 24]


# --- Its problems ---------------------------------------------------------------------


def test_a_fault_becomes_a_problem_that_the_office_puts_right(cast: Cast, term: Term) -> None:
    handed_in(cast, term)
    problem = Problem.objects.get(organisation=cast.office)
    assert (problem.rule.number, problem.origin) == (22, Problem.Origin.SELF_CHECK)
    client = signed_in(cast.office_staff)
    assert problem.no in text_of(client.get("/problems/"))
    page = client.get(f"/problems/{problem.no}/")
    assert page.status_code == 200
    task = problem.tasks.get()
    moves = rectification.MACHINE.open_moves(task, cast.office_staff)
    assert moves
    assert not any(key in moves for key in ("approve-plan", "verify", "close"))
    assert signed_in(cast.task_force).get(f"/problems/{problem.no}/").status_code == 200


# --- What is shown of it --------------------------------------------------------------


def test_the_board_shows_each_rule_with_its_office_and_mark(cast: Cast, term: Term) -> None:
    before = board_of(cast, term)
    assert list(before) == list(range(22, 31))
    assert all(line.office is None for line in before.values())
    check = handed_in(cast, term)
    lines = board_of(cast, term)
    assert (lines[22].office, lines[22].cell.mark, lines[22].open_problems) == (cast.office, "partial", 1)
    assert (lines[24].office, lines[24].cell.mark, lines[24].open_problems) == (cast.office, "ok", 0)
    assert lines[22].check == check
    assert lines[23].office is None
    words = text_of(signed_in(cast.leader).get("/board/county/"))
    assert "基础教育股" in words
    assert "部分符合" in words
    cell = text_of(signed_in(cast.leader).get(f"/board/{cast.office.code}/22/"))
    assert "年度考核方案里减负只占2分" in cell


def test_the_county_s_report_counts_what_the_offices_answered(cast: Cast, term: Term) -> None:
    silent = report_of(cast, term)
    assert not supervision.group_shares(silent)["government"].of
    assert any(line.what.startswith("政府管理监督") for line in silent.missing)
    handed_in(cast, term)
    report = report_of(cast, term)
    share: Any = supervision.group_shares(report)["government"]
    assert (share.count, share.of) == (1, 2)
    assert not any(line.what.startswith("政府管理监督") for line in report.missing)
    office = next(unit for unit in report.units if unit.name == "基础教育股")
    marks = dict(zip([rule.number for rule in report.rules], office.marks, strict=True))
    assert (marks[22], marks[24], marks[23], marks[4]) == ("partial", "ok", "out", "out")
    assert len(supervision.supervised(report)) == 4  # schools and institutions, as before


def test_an_office_that_did_not_answer_is_a_gap_in_the_report(cast: Cast, term: Term) -> None:
    asked(cast, term, "R22")
    assert "基础教育股自查" in [line.what for line in report_of(cast, term).missing]
