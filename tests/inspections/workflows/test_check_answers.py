"""Filling a self-check: what is kept, who overwrites whom (nobody), figures and limits, files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.check_sheet import ItemAnswer, RuleSheet
from inspections.earlier_answers import earlier_answers
from inspections.models import Figure, SelfCheck
from inspections.workflows import check_answers, self_check
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry
from shuangjian.policy import check_items
from shuangjian.policy.models import Limit, Source, Term
from tests.cast import Cast
from tests.hostile import HOSTILE, RARE_NAMES
from tests.inspections.checking import answer, check_of, fill, publish, row_of, sheet_of
from tests.inspections.conftest import SHANGHAI

pytestmark = pytest.mark.usefixtures("standing_policy")
MEETS = ItemAnswer(value="meets")


@pytest.fixture
def check(cast: Cast, term: Term) -> SelfCheck:
    publish(cast, term)
    return check_of(cast.a1)


def rule_of(check: SelfCheck, number: int) -> RuleSheet:
    found = sheet_of(check).rule(number)
    assert found is not None
    return found


def save(
    check: SelfCheck,
    actor: User,
    answers: dict[str, ItemAnswer],
    *,
    version: str | None = None,
    as_draft: bool = False,
) -> check_answers.SavedRule:
    number = int(next(iter(answers))[1:3])
    return self_check.save_rule(
        check_id=check.pk,
        rule_number=number,
        actor=actor,
        version=version,
        answers=answers,
        as_draft=as_draft,
    )


def stored(uploader: User) -> StoredFile:
    return StoredFile.objects.create(
        sha256=uuid4().hex * 2,
        size=900,
        content_type="image/jpeg",
        original_name="公示.jpg",
        uploader=uploader,
        uploaded_at=clock.now(),
    )


# --- A whole check at once ------------------------------------------------------------------
def test_answers_of_several_rules_are_kept_by_one_move(cast: Cast, check: SelfCheck) -> None:
    before = AuditEntry.objects.count()
    answers = {"R01-1": MEETS, "R04-2": ItemAnswer(value="meets", figures={("书面家庭作业", 3): "50"})}
    self_check.save_rules(check_id=check.pk, actor=cast.clerk_a1, answers=answers)
    assert row_of(check, "R01-1").value == "meets"
    assert row_of(check, "R01-1").updated_by == cast.clerk_a1
    assert Figure.objects.get(answer__self_check=check).value == "50"
    assert row_of(check, "R02-1").value == ""
    check.refresh_from_db()
    assert check.state == "filling"
    entry = AuditEntry.objects.latest("seq")
    assert AuditEntry.objects.count() == before + 1
    assert entry.after["rules"] == ["R01", "R04"]


def test_the_same_answers_again_change_nothing(cast: Cast, check: SelfCheck) -> None:
    answers = {"R01-1": MEETS, "R04-2": ItemAnswer(value="meets", figures={("书面家庭作业", 3): "50"})}
    self_check.save_rules(check_id=check.pk, actor=cast.clerk_a1, answers=answers)
    before = AuditEntry.objects.count(), row_of(check, "R01-1").version
    self_check.save_rules(check_id=check.pk, actor=cast.clerk_a1, answers=answers)
    assert (AuditEntry.objects.count(), row_of(check, "R01-1").version) == before


def test_of_many_answers_one_that_is_not_asked_refuses_all(cast: Cast, check: SelfCheck) -> None:
    with pytest.raises(Refused, match="R13-1"):
        self_check.save_rules(
            check_id=check.pk, actor=cast.clerk_a1, answers={"R01-1": MEETS, "R13-1": MEETS}
        )
    assert row_of(check, "R01-1").value == ""


def test_a_stranger_saves_no_check_of_others(cast: Cast, check: SelfCheck) -> None:
    with pytest.raises(NotAllowed):
        self_check.save_rules(check_id=check.pk, actor=cast.clerk_b1, answers={"R01-1": MEETS})


# --- Saving -------------------------------------------------------------------------------


def test_a_first_answer_begins_the_check(cast: Cast, check: SelfCheck) -> None:
    save(check, cast.clerk_a1, {"R04-1": MEETS})
    row = row_of(check, "R04-1")
    assert (row.value, row.updated_by, row.version) == ("meets", cast.clerk_a1, 2)
    fresh = SelfCheck.objects.get(pk=check.pk)
    assert (fresh.state, fresh.version) == ("filling", 2)
    entry = AuditEntry.objects.get(action="inspections.check.save")
    assert entry.after == {"items": {"R04-1": "meets"}, "rule": "R04", "state": "filling"}


def test_saving_the_same_again_leaves_no_trace(cast: Cast, check: SelfCheck) -> None:
    save(check, cast.clerk_a1, {"R04-1": MEETS})
    saved = save(check, cast.head_a1, {"R04-1": MEETS})
    assert saved.changed == [] and row_of(check, "R04-1").updated_by == cast.clerk_a1
    assert AuditEntry.objects.filter(action="inspections.check.save").count() == 1


def test_an_outsider_who_changes_nothing_is_refused_too(cast: Cast, check: SelfCheck) -> None:
    save(check, cast.clerk_a1, {"R04-1": MEETS})
    for who in ("task_force", "clerk_b1", "inspector_a"):
        with pytest.raises(NotAllowed):
            save(check, cast.people[who], {"R04-1": MEETS})


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"R04-1": ItemAnswer(value="maybe")}, "自查结论"),
        ({"R04-3": MEETS}, "没有检查项R04-3"),
        ({"R04-9": MEETS}, "没有检查项R04-9"),
        ({"R13-1": MEETS}, "没有第13条"),
        ({"R04-1": ItemAnswer(value="partly", problem_text="长" * 201)}, "最多200字，现在是201字，请删去1字"),
        ({"R04-1": ItemAnswer(value="meets", person="长" * 31)}, "责任人最多30字"),
        ({"R04-2": ItemAnswer(value="meets", figures={("书面家庭作业", 3): "很多"})}, "三年级：请填写0到"),
        ({"R04-2": ItemAnswer(value="meets", figures={("书面家庭作业", 7): "50"})}, "不需要填写这个数值"),
        ({"R12-4": ItemAnswer(value="meets", figures={("上午上课时间", None): "八点"})}, "24小时制"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    cast: Cast, check: SelfCheck, answers: dict[str, ItemAnswer], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        save(check, cast.clerk_a1, answers, as_draft=True)
    assert SelfCheck.objects.get(pk=check.pk).state == "not_started"


def test_hostile_words_are_kept_as_they_are(cast: Cast, check: SelfCheck) -> None:
    for text in HOSTILE:
        wanted = text.replace("\r\n", "\n").strip()[:200].strip()
        save(check, cast.clerk_a1, {"R04-4": ItemAnswer(value="partly", problem_text=wanted)}, as_draft=True)
        assert row_of(check, "R04-4").problem_text == wanted
    for name in RARE_NAMES:
        save(check, cast.clerk_a1, {"R04-4": ItemAnswer(value="partly", person=name)}, as_draft=True)
        assert row_of(check, "R04-4").person == name.strip()


def test_earnest_saving_asks_for_the_words_and_a_draft_does_not(cast: Cast, check: SelfCheck) -> None:
    bare = {
        "R04-1": ItemAnswer(value="partly"),
        "R04-2": ItemAnswer(value="na"),
        "R04-4": ItemAnswer(value="fails", problem_text="无公示", fix_on=date(2026, 11, 15)),
    }
    with pytest.raises(self_check.Incomplete) as refused:
        save(check, cast.clerk_a1, bare)
    gaps = {line.item.code: line.gap for line in refused.value.lines}
    assert gaps == {"R04-1": "缺问题说明", "R04-2": "缺理由", "R04-4": "时限已过"}
    assert row_of(check, "R04-1").value == ""
    save(check, cast.clerk_a1, bare, as_draft=True)
    assert rule_of(check, 4).state == ("warn", "缺问题说明")


def test_the_list_says_how_far_each_rule_is(cast: Cast, check: SelfCheck) -> None:
    assert rule_of(check, 4).state == ("none", "未开始")
    save(check, cast.clerk_a1, {"R04-1": MEETS})
    assert (rule_of(check, 4).state, rule_of(check, 4).side_words) == (("wait", "填写中"), "1/3")
    assert rule_of(check, 4).conclusion == ""
    save(check, cast.clerk_a1, {"R04-2": MEETS, "R04-4": ItemAnswer(value="partly", problem_text="缺2天")})
    rule = rule_of(check, 4)
    assert (rule.state, rule.conclusion, rule.is_done) == (("", "已完成"), "部分符合", True)
    sheet = sheet_of(check)
    assert (sheet.done, sheet.total, sheet.left) == (1, 12, 11)
    assert sheet.next_rule is not None and sheet.next_rule.rule.number == 1


# --- Two people in one form -------------------------------------------------------------------


def test_two_people_in_different_items_both_keep_their_words(cast: Cast, check: SelfCheck) -> None:
    """Both opened the page at once and post the whole rule: what one left alone never undoes the other."""
    opened = rule_of(check, 4).version
    first = {"R04-1": MEETS, "R04-2": ItemAnswer(), "R04-4": ItemAnswer()}
    second = {"R04-1": ItemAnswer(), "R04-2": ItemAnswer(), "R04-4": MEETS}
    save(check, cast.clerk_a1, first, version=opened, as_draft=True)
    saved = save(check, cast.head_a1, second, version=opened, as_draft=True)
    assert saved.changed == ["R04-4"]
    assert [line.item.code for line in saved.by_others] == ["R04-1"]
    assert (row_of(check, "R04-1").value, row_of(check, "R04-4").value) == ("meets", "meets")
    # The page still shows R04-1 empty; its next save leaves the other's answer alone as well.
    again = save(check, cast.head_a1, second, version=saved.version, as_draft=True)
    assert again.changed == [] and row_of(check, "R04-1").value == "meets"


def test_two_people_in_one_item_the_later_one_is_shown_the_first(cast: Cast, check: SelfCheck) -> None:
    opened = rule_of(check, 4).version
    theirs = ItemAnswer(value="partly", problem_text="三年级偏多")
    mine = ItemAnswer(value="fails", problem_text="三、四年级偏多")
    save(check, cast.clerk_a1, {"R04-2": theirs}, version=opened, as_draft=True)
    said = "李静在09:00把4-2改为“部分符合”：三年级偏多"
    with pytest.raises(self_check.AnswerConflict, match=said) as clash:
        save(check, cast.head_a1, {"R04-1": MEETS, "R04-2": mine}, version=opened, as_draft=True)
    assert (row_of(check, "R04-1").value, row_of(check, "R04-2").problem_text) == ("", "三年级偏多")
    # Sent again with the refusal's version, one's own words are kept; the other's stay in the journal.
    save(check, cast.head_a1, {"R04-1": MEETS, "R04-2": mine}, version=clash.value.version, as_draft=True)
    assert row_of(check, "R04-2").problem_text == "三、四年级偏多"
    assert row_of(check, "R04-1").value == "meets"
    entry = AuditEntry.objects.filter(action="inspections.check.save").order_by("-seq")[0]
    assert "三年级偏多" in entry.text.text


def test_keeping_ones_own_words_overwrites_only_the_item_in_conflict(cast: Cast, check: SelfCheck) -> None:
    opened = rule_of(check, 4).version
    save(
        check,
        cast.clerk_a1,
        {"R04-1": MEETS, "R04-2": ItemAnswer(value="partly", problem_text="偏多")},
        version=opened,
        as_draft=True,
    )
    page = {"R04-1": ItemAnswer(), "R04-2": ItemAnswer(value="fails", problem_text="太多")}
    with pytest.raises(self_check.AnswerConflict) as clash:
        save(check, cast.head_a1, page, version=opened, as_draft=True)
    save(check, cast.head_a1, page, version=clash.value.version, as_draft=True)
    assert row_of(check, "R04-1").value == "meets"
    assert row_of(check, "R04-2").problem_text == "太多"


def test_the_same_change_by_two_is_no_conflict(cast: Cast, check: SelfCheck) -> None:
    opened = rule_of(check, 4).version
    save(check, cast.clerk_a1, {"R04-1": MEETS}, version=opened, as_draft=True)
    saved = save(check, cast.head_a1, {"R04-1": MEETS}, version=opened, as_draft=True)
    assert saved.changed == [] and saved.version == rule_of(check, 4).version


@pytest.mark.parametrize("version", ["", "7", "1-,1-", "x" * 500, "1-a,1-b,1-c,1-d"])
def test_a_broken_version_never_overwrites(cast: Cast, check: SelfCheck, version: str) -> None:
    save(check, cast.clerk_a1, {"R04-1": MEETS})
    with pytest.raises(self_check.AnswerConflict):
        save(check, cast.head_a1, {"R04-1": ItemAnswer(value="na", reason="没有")}, version=version)
    assert row_of(check, "R04-1").value == "meets"


def test_the_returned_version_is_that_of_a_fresh_page(cast: Cast, check: SelfCheck) -> None:
    opened = rule_of(check, 4).version
    figures = {("书面家庭作业", 3): " ５８ ", ("书面家庭作业", 4): "52.0"}
    saved = save(check, cast.clerk_a1, {"R04-2": ItemAnswer(value="meets", figures=figures)}, version=opened)
    assert saved.version == rule_of(check, 4).version


# --- Figures and limits -----------------------------------------------------------------------


def test_figures_are_asked_for_the_grades_that_are_taught(cast: Cast, check: SelfCheck) -> None:
    def labels(check: SelfCheck, number: int, code: str) -> list[str]:
        rule = rule_of(check, number)
        return [one.label for line in rule.asked if line.item.code == code for one in line.figures]

    assert labels(check, 4, "R04-2") == ["三年级", "四年级", "五年级", "六年级"]
    assert labels(check, 10, "R10-1") == ["课后服务天数", "课后服务时长"]
    assert labels(check, 12, "R12-4") == ["上午上课时间"]
    nine_years = check_of(cast.a2)
    assert labels(nine_years, 12, "R12-4") == ["小学", "初中、高中"]
    assert len(labels(nine_years, 2, "R02-1")) == 9


@pytest.mark.parametrize(
    ("number", "code", "key", "over", "within", "words"),
    [
        (4, "R04-2", ("书面家庭作业", 3), "66", "60", "三年级66分钟/天，超出6分钟（不超过60分钟/天）"),
        (4, "R04-1", ("书面家庭作业", 1), "5", "0", "一年级5分钟/天，超出5分钟（应为0分钟/天）"),
        (12, "R12-1", ("校内体育活动", None), "50", "60", "少10分钟（不少于60分钟/天）"),
        (12, "R12-4", ("上午上课时间", None), "8:05", "8:20", "早15分钟（不早于08:20）"),
        (9, "R09-2", ("电子产品教学时长占比", None), "35", "30", "高5个百分点（不超过30%）"),
    ],
)
def test_a_figure_beyond_its_limit_is_not_reported_as_meeting(
    cast: Cast,
    check: SelfCheck,
    number: int,
    code: str,
    key: tuple[str, int | None],
    over: str,
    within: str,
    words: str,
) -> None:
    claim = ItemAnswer(value="meets", figures={key: over})
    with pytest.raises(self_check.Incomplete, match="不能选“符合”") as refused:
        save(check, cast.clerk_a1, {code: claim})
    assert words in str(refused.value)
    # As a draft it is kept, and bars submission.
    save(check, cast.clerk_a1, {code: claim}, as_draft=True)
    assert [line.gap for line in rule_of(check, number).faults] == ["数值超限"]
    with pytest.raises(Refused):
        self_check.send_to_head(check_id=check.pk, actor=cast.clerk_a1)
    save(check, cast.clerk_a1, {code: ItemAnswer(value="meets", figures={key: within})})
    assert rule_of(check, number).faults == []


def test_a_figure_is_judged_by_the_limit_of_the_day(cast: Cast, check: SelfCheck) -> None:
    limit = Limit.objects.get(indicator__item__code="R04-2", value="60")
    limit.in_force_to = date(2026, 11, 20)
    limit.in_force = False
    limit.save()
    source = Source.objects.get(pk=limit.source_id)
    Limit.objects.create(
        indicator=limit.indicator,
        op="<=",
        value="50",
        stage_label=limit.stage_label,
        stages=limit.stages,
        source=source,
        in_force_from=date(2026, 11, 21),
    )
    check_items.forget()
    claim = {"R04-2": ItemAnswer(value="meets", figures={("书面家庭作业", 3): "55"})}
    save(check, cast.clerk_a1, claim)
    with clock.at(datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)):
        assert [line.gap for line in rule_of(check, 4).faults] == ["数值超限"]


def test_figures_are_replaced_with_their_answer(cast: Cast, check: SelfCheck) -> None:
    for value in ("58", "52", ""):
        given = ItemAnswer(value="meets", figures={("书面家庭作业", 3): value})
        save(check, cast.clerk_a1, {"R04-2": given})
    assert not Figure.objects.exists()


# --- Scope ------------------------------------------------------------------------------------


def test_out_of_scope_is_shown_with_its_reason_and_never_asked(cast: Cast, check: SelfCheck) -> None:
    lines = {line.item.code: line for line in rule_of(check, 4).items}
    assert not lines["R04-3"].is_asked and "没有相应年级" in lines["R04-3"].why_out
    assert lines["R04-2"].is_asked and rule_of(check, 4).total == 3


def test_a_senior_school_has_only_its_eight_rules(cast: Cast, term: Term) -> None:
    senior = Organisation.objects.create(kind="school", code="3152000077", name="第一高中")
    School.objects.create(organisation=senior, school_type="senior", grades=[10, 11, 12])
    publish(cast, term)
    numbers = [rule.rule.number for rule in sheet_of(check_of(senior)).rules]
    assert numbers == [1, 2, 5, 7, 8, 9, 11, 12]


# --- Files ------------------------------------------------------------------------------------


def test_files_are_put_to_an_answer_and_taken_away(cast: Cast, check: SelfCheck) -> None:
    before = rule_of(check, 4).version
    one, two = stored(cast.clerk_a1), stored(cast.clerk_a1)
    self_check.attach_evidence(check_id=check.pk, item_code="R04-4", actor=cast.clerk_a1, files=[one, two])
    row = row_of(check, "R04-4")
    assert [link.stored_file for link in row.evidence.order_by("pk")] == [one, two]
    assert rule_of(check, 4).version == before  # the form beside it stays as it is
    code, token = self_check.remove_evidence(
        check_id=check.pk, evidence_id=row.evidence.order_by("pk")[0].pk, actor=cast.clerk_a1
    )
    assert code == "R04-4" and [link.stored_file for link in row.evidence.all()] == [two]
    self_check.restore_evidence(check_id=check.pk, actor=cast.clerk_a1, token=token)
    assert row.evidence.count() == 2
    with pytest.raises(Refused, match="已经恢复"):
        self_check.restore_evidence(check_id=check.pk, actor=cast.clerk_a1, token=token)


def test_what_was_removed_comes_back_to_its_own_check_only(cast: Cast, check: SelfCheck) -> None:
    self_check.attach_evidence(
        check_id=check.pk, item_code="R04-4", actor=cast.clerk_a1, files=[stored(cast.clerk_a1)]
    )
    evidence = row_of(check, "R04-4").evidence.get()
    _, token = self_check.remove_evidence(check_id=check.pk, evidence_id=evidence.pk, actor=cast.clerk_a1)
    other = check_of(cast.b1)
    for bad, where, who in (
        (token, other, cast.clerk_b1),
        (token + "x", check, cast.clerk_a1),
        ("", check, cast.clerk_a1),
    ):
        with pytest.raises(Refused):
            self_check.restore_evidence(check_id=where.pk, actor=who, token=bad)


def test_nine_files_an_item_are_enough(cast: Cast, check: SelfCheck) -> None:
    nine = [stored(cast.clerk_a1) for _ in range(9)]
    self_check.attach_evidence(check_id=check.pk, item_code="R04-4", actor=cast.clerk_a1, files=nine)
    with pytest.raises(Refused, match="最多9个，现在已有9个"):
        self_check.attach_evidence(
            check_id=check.pk, item_code="R04-4", actor=cast.clerk_a1, files=[stored(cast.clerk_a1)]
        )


def test_another_checks_file_cannot_be_removed(cast: Cast, check: SelfCheck) -> None:
    other = check_of(cast.b1)
    self_check.attach_evidence(
        check_id=other.pk, item_code="R04-4", actor=cast.clerk_b1, files=[stored(cast.clerk_b1)]
    )
    foreign = row_of(other, "R04-4").evidence.get()
    with pytest.raises(Refused):
        self_check.remove_evidence(check_id=check.pk, evidence_id=foreign.pk, actor=cast.clerk_a1)
    assert row_of(other, "R04-4").evidence.exists()


def test_required_proof_bars_submission_and_a_file_lifts_it(cast: Cast, check: SelfCheck) -> None:
    item = row_of(check, "R04-4").item
    item.evidence_required = True
    item.save()
    check_items.forget()
    save(check, cast.clerk_a1, {"R04-4": MEETS})
    assert [line.gap for line in rule_of(check, 4).faults] == ["缺佐证"]
    self_check.attach_evidence(
        check_id=check.pk, item_code="R04-4", actor=cast.clerk_a1, files=[stored(cast.clerk_a1)]
    )
    assert rule_of(check, 4).faults == []


def test_nothing_is_saved_into_a_submitted_check(cast: Cast, check: SelfCheck) -> None:
    fill(check, cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    with pytest.raises(WrongState):
        answer(check, cast.clerk_a1, R04_1=ItemAnswer(value="na", reason="没有"))


# --- Last time --------------------------------------------------------------------------------


def test_the_last_submission_is_offered_without_its_figures_and_people(cast: Cast, term: Term) -> None:
    publish(cast, term, due_on=clock.today() + timedelta(days=3))
    first = check_of(cast.a1)
    partly = ItemAnswer(
        value="partly", problem_text="缺2天", measure_text="补齐", person="罗主任", fix_on=date(2026, 12, 1)
    )
    fill(first, cast.clerk_a1, R04_4=partly)
    assert earlier_answers(first) == {}
    self_check.confirm(check_id=first.pk, actor=cast.head_a1)
    publish(cast, term, title="补查")
    offered: dict[str, Any] = earlier_answers(check_of(cast.a1))
    assert offered["R04-1"].label == "符合"
    assert offered["R04-4"].answer == ItemAnswer(value="partly", problem_text="缺2天", measure_text="补齐")


# --- Cost -------------------------------------------------------------------------------------


def test_a_sheet_costs_the_same_for_a_small_and_a_large_unit(cast: Cast, check: SelfCheck) -> None:
    def cost(check: SelfCheck) -> int:
        with CaptureQueriesContext(connection) as queries:
            sheet_of(check)
        return len(queries)

    large = check_of(cast.a2)
    fill(large, cast.clerk_a2)
    assert cost(large) <= cost(check) + 1 <= 14
