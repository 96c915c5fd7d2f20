"""What a school's registers say against one another; single answers are judged by their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shuangjian.registers.findings import Finding, add_check
from shuangjian.registers.models import Doubt
from shuangjian.registers.records import Records

_DAYS = 5  # of a school week
_CONTRADICTION = Doubt.Kind.CONTRADICTION


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


@add_check("school")
def homework_adds_up(records: Records) -> Iterator[Finding]:
    """The minutes of the subjects against what is claimed for all of them."""
    for line in records.lines("homework"):
        claimed, main, others = (line.number(name) for name in ("minutes", "main", "others"))
        if claimed is None or main is None or others is None or main + others <= claimed:
            continue
        junior = line.grade is not None and line.grade in records.facts.grades_of(["junior"])
        yield Finding(
            code=f"homework.sum.{line.key}",
            kind=_CONTRADICTION,
            register="homework",
            line=line.key,
            field="minutes",
            item="R04-3" if junior else "R04-2",
            fact=f"{line.label}书面作业填每天{_plain(claimed)}分钟，各学科相加{_plain(main + others)}分钟",
        )


@add_check("school")
def exams_held_were_planned(records: Records) -> Iterator[Finding]:
    """More examinations held than there are to be in the whole term."""
    for line in records.lines("exams"):
        planned, held = line.number("planned"), line.number("held")
        if planned is None or held is None or held <= planned:
            continue
        junior = line.grade is not None and line.grade in records.facts.grades_of(["junior"])
        yield Finding(
            code=f"exams.held.{line.key}",
            kind=_CONTRADICTION,
            register="exams",
            line=line.key,
            field="held",
            item="R06-3" if junior else "R06-2",
            fact=f"{line.label}考试填本学期{_plain(planned)}次，已经举行{_plain(held)}次",
        )


@add_check("school")
def timetable_bears_out_the_sport(records: Records) -> Iterator[Finding]:
    """Sport lessons of the timetable, the long break and the rest of the day against the minutes claimed."""
    said = records.line("sport")
    claimed, more = said.number("minutes"), [said.number("break_minutes"), said.number("after_minutes")]
    if claimed is None or None in more:
        return
    for line in records.lines("timetable"):
        lessons, length = line.number("sport"), line.number("lesson_minutes")
        if lessons is None or length is None:
            continue
        found = int(lessons * length / _DAYS + sum(one for one in more if one is not None))
        if found < claimed:
            yield Finding(
                code=f"sport.timetable.{line.key}",
                kind=_CONTRADICTION,
                register="sport",
                also="timetable",
                field="minutes",
                line="unit",
                item="R12-1",
                fact=f"体育活动填每天{_plain(claimed)}分钟，按课表{line.label}平均只有{found}分钟",
            )


@add_check("school")
def lessons_begin_when_they_are_said_to(records: Records) -> Iterator[Finding]:
    """The first lesson of a grade's timetable against the time at which its stage begins."""
    stages = sorted(records.lines("sleep"), key=lambda one: one.grade or 0)
    for line in records.lines("timetable"):
        own = [one for one in stages if (one.grade or 0) <= (line.grade or 0)]
        first, said = line.minutes("begins"), own[-1].minutes("begins") if own else None
        if first is not None and said is not None and first < said:
            yield Finding(
                code=f"sleep.timetable.{line.key}",
                kind=_CONTRADICTION,
                register="timetable",
                also="sleep",
                line=line.key,
                field="begins",
                item="R12-4",
                fact=f"{own[-1].label}上课时间填{own[-1].text('begins')}，课表上{line.label}"
                f"{line.text('begins')}开始",
            )


@add_check("school")
def service_lasts_as_long_as_it_says(records: Records) -> Iterator[Finding]:
    """Beginning and end of the after-school service against its length, its pupils against the school's."""
    line = records.line("after_school")
    hours, begins, ends = line.number("hours"), line.minutes("begins"), line.minutes("ends")
    if hours is not None and begins is not None and ends is not None and hours * 60 > ends - begins:
        yield Finding(
            code="after_school.hours",
            kind=_CONTRADICTION,
            register="after_school",
            line="unit",
            field="hours",
            item="R10-1",
            fact=f"课后服务填每天{_plain(hours)}小时，{line.text('begins')}至{line.text('ends')}只有"
            f"{ends - begins}分钟",
        )
    pupils, all_pupils = line.number("pupils"), records.unit.school.pupil_count
    if pupils is not None and all_pupils and pupils > all_pupils:
        yield Finding(
            code="after_school.pupils",
            kind=_CONTRADICTION,
            register="after_school",
            line="unit",
            field="pupils",
            item="R10-2",
            fact=f"参加课后服务填{_plain(pupils)}人，学校资料里在校学生{all_pupils}人",
        )


@add_check("school")
def apps_are_filed(records: Records) -> Iterator[Finding]:
    """Learning applications that were not filed."""
    line = records.line("screens")
    used, filed = line.number("apps"), line.number("filed_apps")
    if used is not None and filed is not None and filed != used:
        over = filed > used
        yield Finding(
            code="screens.apps",
            kind=_CONTRADICTION if over else Doubt.Kind.RULE,
            register="screens",
            line="unit",
            field="filed_apps",
            item="R09-4",
            fact=f"学习类应用在用{_plain(used)}个，已备案{_plain(filed)}个",
        )


@add_check("school")
def classes_were_drawn_in_the_open(records: Records) -> Iterator[Finding]:
    """Several classes that were not formed by lot, before witnesses, with the result published."""
    line = records.line("classes")
    count, way = line.number("count"), line.text("way")
    if count is None or count < 2 or not way:
        return
    lacking = []
    if way not in ("lot", "computer"):
        lacking.append("没有用随机方法编班" if way == "other" else "填只有一个班")
    if line.says("witnessed") is not True:
        lacking.append("没有见证")
    if line.day("published_on") is None:
        lacking.append("没有公示日期")
    if lacking:
        yield Finding(
            code="classes.open",
            kind=Doubt.Kind.RULE,
            register="classes",
            line="unit",
            field="way",
            item="R03-2",
            fact=f"起始年级{_plain(count)}个班，{'、'.join(lacking)}",
        )


@add_check("school")
def design_of_homework_was_discussed(records: Records) -> Iterator[Finding]:
    """Planned, and not done once."""
    line = records.line("training")
    if line.says("planned") and line.number("sessions") == 0:
        yield Finding(
            code="training.sessions",
            kind=_CONTRADICTION,
            register="training",
            line="unit",
            field="sessions",
            item="R02-4",
            fact="作业设计填已列入教研计划，本学期教研0次",
        )
