"""What the records say against themselves: every planted fact is found, nothing where none was planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Rulebook
from shuangjian.registers.findings import Finding, Judge
from shuangjian.registers.models import Doubt
from shuangjian.registers.workflows import doubts
from tests.cast import Cast
from tests.registers import clean
from tests.registers.clean import Stated
from tests.registers.filling import open_codes, records_of
from tutoring.models import Institution

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
Plant = Callable[[Stated], Any]


def say(register: str, line: str = "unit", **answers: Any) -> Plant:
    """Change some answers of one line, or add the line."""

    def plant(stated: Stated) -> None:
        stated.setdefault(register, {}).setdefault(line, {}).update(answers)

    return plant


def judged(unit: Organisation, stated: Stated) -> list[Finding]:
    """What is found in records that say so, without stating them."""
    records = records_of(unit)
    for key, lines in stated.items():
        said = [{"key": name, "answers": answers} for name, answers in lines.items()]
        records = records.with_lines(key, said, "")
    return Judge().of_unit(records)


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, [one.fact for one in found]
    return found[0]


SCHOOL = [
    (say("homework", "1", minutes="5"), "homework.minutes.1", "R04-1", "超出5分钟"),
    (say("homework", "4", minutes="61"), "homework.minutes.4", "R04-2", "超出1分钟"),
    (say("homework", "6", main="60", others="15"), "homework.sum.6", "R04-2", "相加75分钟"),
    (say("exams", "2", paper="1"), "exams.paper.2", "R06-1", "超出1次"),
    (say("exams", "3", planned="3"), "exams.planned.3", "R06-2", "超出2次"),
    (say("exams", "5", held="2"), "exams.held.5", "R06-2", "已经举行2次"),
    (say("results", published=True), "results.published.unit", "R07-1", "填的是“是”"),
    (say("results", grades_only=False), "results.grades_only.unit", "R07-2", "填的是“否”"),
    (say("timetable", "2", lessons="27"), "timetable.lessons.2", "R02-1", "超出1节"),
    (say("timetable", "1", begins="08:00"), "sleep.timetable.1", "R12-4", "08:00开始"),
    (say("sleep", "primary", begins="08:00"), "sleep.begins.primary", "R12-4", "早20分钟"),
    (say("sport", minutes="45"), "sport.minutes.unit", "R12-1", "少15分钟"),
    (say("timetable", "3", sport="2"), "sport.timetable.3", "R12-1", "只有66分钟"),
    (say("classes", way="other"), "classes.open", "R03-2", "没有用随机方法编班"),
    (say("classes", special=True), "classes.special.unit", "R03-1", "重点班"),
    (say("after_school", days="4"), "after_school.days.unit", "R10-1", "少1天"),
    (say("after_school", ends="17:30"), "after_school.hours", "R10-1", "只有90分钟"),
    (say("after_school", pupils="601"), "after_school.pupils", "R10-2", "在校学生600人"),
    (say("after_school", voluntary=False), "after_school.voluntary.unit", "R10-2", "自愿"),
    (say("care", "r1", kind="evening", pupils="30", voluntary=False, as_service=False),
     "care.voluntary.r1", "R10-2", "自愿参加"),
    (say("holidays", lessons=True), "holidays.lessons.unit", "R10-5", "周末"),
    (say("screens", share="31"), "screens.share.unit", "R09-2", "高1个百分点"),
    (say("screens", filed_apps="1"), "screens.apps", "R09-4", "已备案1个"),
    (say("reading", forced=True), "reading.forced.unit", "R11-3", "购买教辅"),
    (say("parents", marks=True), "parents.marks.unit", "R05-3", "批改作业"),
    (say("training", sessions="0"), "training.sessions", "R02-4", "教研0次"),
    (say("appraisal", by_scores=True), "appraisal.by_scores.unit", "R01-2", "升学率"),
]  # fmt: skip
INSTITUTION = [
    (say("lessons", "r1", ends="20:45"), "lessons.ends.r1", "R17-1", "晚15分钟"),
    (say("lessons", "r2", **clean.lesson(mode="online", ends="20:50", minutes="40", rest="10")),
     "lessons.minutes.r2", "R17-2", "超出10分钟"),
    (say("lessons", "r1", days=["6"]), "lessons.weekend.r1", "R17-4", "星期六"),
    (say("lessons", "r1", begins="14:00", ends="15:30"), "lessons.school_hours.r1", "R17-3", "冲突"),
    (say("people", "r1", paper="skill"), "people.papers", "R15-2", "1名教学人员"),
    (say("people", "r3", **clean.person("丙", post="other", paper="none", paper_no="")),
     "people.share", "R15-4", "不到一半"),
    (say("people", "r1", checked=False), "people.checked.r1", "R15-3", "准入查询"),
    (say("materials", filed="5"), "materials.filed", "R14-2", "已备案5种"),
    (say("fees", "r1", months="4"), "fees.months.r1", "R13-2", "超出1个月"),
    (say("fees", "r1", by="lessons", lessons="61"), "fees.lessons.r1", "R13-2", "超出1课时"),
    (say("fees", "r1", ahead="1.5"), "fees.ahead.r1", "R13-2", "超出0.5个月"),
    (say("funds", way="none"), "funds.none", "R13-3", "没有纳入监管"),
    (say("funds", balance="10000"), "funds.balance", "R13-3", "少于未消课金额"),
    (say("contracts", signed="49"), "contracts.signed", "R13-3", "签订合同49份"),
    (say("fees", "r1", by="lessons", remaining="21"), "fees.remaining.r1", "R13-2", "超出1课时"),
    (say("contracts", pupils="51", signed="51"), "contracts.lessons", "R13-3", "各班次学生合计50人"),
    (say("complaints", settled="2"), "complaints.settled", "R13-4", "办结2件"),
    (say("complaints", refunds="2"), "complaints.refunds", "R13-4", "退费纠纷2件"),
    (say("publicity", "r1", promise=True), "publicity.promise.r1", "R13-4", "填的是“是”"),
    (say("publicity", "r1", place="network"), "publicity.place.r1", "R13-4", "在网络平台发布"),
    (say("penalties", "r1", document_no="云教罚〔2026〕1号", decided_on="2026-10-08", kind="revoke"),
     "penalties.lessons.r1", "R13-1", "已吊销许可证件"),
    (say("premises", "r1", owned="leased", lease_until="2026-10-31"),
     "premises.lease_until.r1", "R13-1", "已经过期"),
]  # fmt: skip


def test_nothing_is_found_where_nothing_was_planted(cast: Cast) -> None:
    clean.state_all(cast.a1, cast.clerk_a1, clean.school())
    clean.state_all(cast.a3, cast.clerk_a3, clean.institution())
    assert not Doubt.objects.exists()


@pytest.mark.parametrize(("plant", "code", "item", "words"), SCHOOL, ids=[one[1] for one in SCHOOL])
def test_what_is_planted_at_a_school_is_found(
    cast: Cast, plant: Plant, code: str, item: str, words: str
) -> None:
    stated = clean.school()
    plant(stated)
    finding = only(judged(cast.a1, stated))
    assert (finding.code, finding.item) == (code, item) and words in finding.fact


@pytest.mark.parametrize(("plant", "code", "item", "words"), INSTITUTION, ids=[one[1] for one in INSTITUTION])
def test_what_is_planted_at_an_institution_is_found(
    cast: Cast, plant: Plant, code: str, item: str, words: str
) -> None:
    Institution.objects.filter(organisation=cast.a3).update(modes=["offline", "online"])
    stated = clean.institution()
    plant(stated)
    finding = only(judged(cast.a3, stated))
    assert (finding.code, finding.item) == (code, item) and words in finding.fact


def test_a_breach_names_its_prohibition(cast: Cast) -> None:
    stated = clean.institution()
    stated["lessons"]["r1"]["ends"] = "20:45"
    clean.state_all(cast.a3, cast.clerk_a3, stated)
    doubt = Doubt.objects.get()
    assert (doubt.prohibition.code, doubt.prohibition.kind) == ("B10", "不得")


def test_a_non_academic_institution_has_its_own_limits(cast: Cast) -> None:
    """5,000 yuan are its limit alone; rest days are no matter to it, a proof of ability is enough."""
    Institution.objects.filter(organisation=cast.a3).update(category="non_academic")
    stated = clean.institution()
    stated["lessons"]["r1"]["days"] = ["6", "7"]
    stated["people"]["r1"]["paper"] = "skill"
    stated["fees"]["r1"]["amount"] = "5001"
    clean.state_all(cast.a3, cast.clerk_a3, stated)
    assert open_codes(cast.a3) == {"fees.amount.r1"}


def test_junior_and_primary_grades_of_one_school_have_their_own_limits(cast: Cast) -> None:
    """A nine-year school: 60 minutes in the sixth grade, 90 in the seventh; in 五四制 the sixth is junior."""
    stated = {"homework": {str(grade): {"minutes": "85", "main": "60", "others": "25"} for grade in (6, 7)}}
    clean.state_all(cast.a2, cast.clerk_a2, stated)
    assert open_codes(cast.a2) == {"homework.minutes.6"}
    School.objects.filter(organisation=cast.a2).update(system="54")
    assert doubts.recompute([cast.a2.pk]) == 1
    assert open_codes(cast.a2) == set()


def test_a_licence_that_ran_out_is_found_by_the_sweep(cast: Cast) -> None:
    clean.state_all(cast.a3, cast.clerk_a3, {"lessons": {"r1": clean.lesson()}})
    Institution.objects.filter(organisation=cast.a3).update(licence_until=date(2026, 11, 15))
    doubts.sweep()
    assert open_codes(cast.a3) == {"licence.until"}
    assert doubts.sweep() == 0  # safe twice


def test_before_a_rulebook_is_loaded_nothing_is_found(cast: Cast) -> None:
    """A county that is being set up enters its institutions first."""
    Rulebook.objects.update(in_force_from=date(2027, 1, 1))
    Institution.objects.filter(organisation=cast.a3).update(licence_no="")
    assert doubts.sweep() == 0
