"""减负典型案例 of the demo county in every state: two were published, one was taken back by its family.

Units come in whose records let them; what speaks against one later lets the leader decline it, as in life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from inspections import model_checks
from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import ModelCase
from inspections.workflows import model_cases, model_objections
from inspections.workflows.model_cases import Nomination
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.selectors import inspectors_of, people_of
from shuangjian.policy import calendar

SCHOOL, INSTITUTION, FAMILY = "school", "institution", "family"
DOCUMENT_NO = "云教〔{year}〕45号"


@dataclass(frozen=True)
class Told:
    """What one case says, how far it comes, and on which of the units that could (0 is the first)."""

    kind: str
    at: int
    state: str
    days: int  # before the county's date on which it is nominated
    title: str
    practice: str
    effect: str
    citation: str = ""
    family: str = ""


CASES = (
    Told(
        SCHOOL, 0, "published", 34, "每周统筹作业总量",
        "年级组长每周一召集各科教师定作业单，总量写在公示栏。\n教师先做一遍，记下用时，超过的当场删减。\n"
        "每天放学前在校完成一部分，不会做的由教师面批。",
        "抽查三至六年级各10名学生，平均用时由71分钟降到52分钟；家长反映的作业问题由每月9件降到1件。",
        "年级组每周统筹各科作业，教师先做再布置，总量上墙公示，三至六年级平均用时降到60分钟以内。",
    ),
    Told(
        FAMILY, 1, "published", 33, "每天户外一小时",
        "放学先到楼下活动一小时，回家再写作业。\n家长晚上不看手机，和孩子一起读二十分钟书。\n睡前把书包收好，九点半熄灯。",
        "孩子一学期睡眠都在九个半小时以上，近视没有加深。",
        "放学先活动再写作业，家长陪读不陪写，孩子每天户外一小时、睡足九个半小时。",
        "张某家庭",
    ),
    Told(
        FAMILY, 0, "revoked", 36, "周末不补课，一起做家务",
        "周末不报学科培训班，孩子负责两样家务，自己安排时间。",
        "孩子学会做六样饭菜，家里不再为补课争吵。",
        "周末不补课，孩子承担家务，自己安排时间。",
        "李某某家庭",
    ),
    Told(
        SCHOOL, 1, "notice", 20, "课后服务按需选课",
        "开设二十一门课，学期初让学生自己选，两周内可以换。\n作业辅导和活动分段进行，路远的学生先走。",
        "参加课后服务的学生都是自愿报名，中途换课的有46人，没有因此收费。",
        "课后服务开二十一门课，学生自己选、两周内可以换，作业在校内基本做完。",
    ),
    Told(
        INSTITUTION, 0, "reading", 15, "课时和退费都看得见",
        "每次课后家长在本子上签字销课，剩余课时贴在前台。\n退费当天受理，三个工作日内从监管账户退回。",
        "一年来退费26笔，都在三个工作日内退清，没有投诉。",
    ),
    Told(
        SCHOOL, 2, "submitted", 5, "体育课一节不占",
        "体育课由副校长每天巡课，教师请假就由其他体育教师代上，不改上别的课。",
        "本学期巡课58次，没有发现占用体育课。",
    ),
    Told(
        INSTITUTION, 1, "draft", 2, "不做商业广告",
        "招生只在平台公示价格和课表，不进校园发传单，不在朋友圈投广告。",
        "老学员介绍的占八成，广告支出为零。",
    ),
    Told(
        SCHOOL, 3, "declined", 24, "考试题库共建共享",
        "各年级教师分工编题，每周一套，统一印发。",
        "题库已有一千多题。",
    ),
)  # fmt: skip


def stories(place: Place) -> Iterator[Story]:
    for told in CASES:
        yield _told(place, told)


def _told(place: Place, told: Told) -> Story:
    yield place.ago(told.days, "10:15")
    found = _unit(told)
    if found is None:
        return
    unit, author = found
    case = _nominate(place, told, unit, author)
    if told.state == "draft":
        return
    yield place.ago(told.days, "15:20")
    model_cases.submit(case_id=case.pk, actor=author, version=None)
    if told.state == "submitted":
        return
    leader, office = place.people["lingdao"], place.people["zhuanban"]
    yield place.ago(told.days - 2, "09:40")
    if told.state == "declined":
        model_cases.decline(
            case_id=case.pk, actor=office, version=None, words="统一编印题目会加重作业，不是减负的做法"
        )
        return
    model_cases.admit(case_id=case.pk, actor=office, version=None)
    readers = [office, place.people["dudao"], *inspectors_of(unit).order_by("pk")[:1]]
    for day, reader in enumerate(readers[: 2 if told.state == "reading" else 3]):
        yield place.ago(told.days - 3 - day, "11:10")
        model_cases.read(
            case_id=case.pk, actor=reader, version=None, practice=5 - day, effect=4, spread=3 + day,
            words=("做法具体，别的学校照着能做", "数字有来源，建议写明抽查办法", "到场看过，与申报一致")[day],
        )  # fmt: skip
    if told.state == "reading":
        return
    # So long before the county's date that the notice still runs, or is over with working days to spare.
    yield place.ago(3 if told.state == "notice" else told.days - 12, "16:00")
    if _is_blocked(case):
        model_cases.decline(case_id=case.pk, actor=leader, version=None, words="评读期间出现新的问题")
        return
    case = model_cases.announce(case_id=case.pk, actor=leader, version=None, citation=told.citation)
    if told.state == "notice":
        yield place.ago(1, "20:05")
        model_objections.make(
            case_id=case.pk, words="孩子说换课要等一个月，不是两周，请核实。", contact="孙女士，下午有空"
        )
        return
    yield from _published(place, told, case, leader, author)


def _published(place: Place, told: Told, case: ModelCase, leader: User, author: User) -> Story:
    pictures_of = case.evidence.filter(stored_file__content_type__startswith="image/")
    chosen = [] if told.kind == FAMILY else list(pictures_of.values_list("pk", flat=True))
    if chosen:
        model_cases.choose_pictures(case_id=case.pk, actor=place.people["dudao"], version=None, chosen=chosen)
    assert case.notice_until is not None  # noqa: S101  (it was announced)
    after = calendar.next_working_day(case.notice_until + timedelta(days=1))
    yield place.ago((place.as_of - after).days, "09:30")
    if _is_blocked(case):
        model_cases.decline(case_id=case.pk, actor=leader, version=None, words="公示期间出现新的问题")
        return
    model_cases.publish(
        case_id=case.pk, actor=leader, version=None, document_no=DOCUMENT_NO.format(year=clock.today().year)
    )
    if told.state == "revoked":
        yield place.ago(4, "14:20")
        model_cases.revoke(case_id=case.pk, actor=author, version=None)


def _unit(told: Told) -> tuple[Organisation, User] | None:
    """The unit in its place among those with people against whom nothing speaks today."""
    kind = INSTITUTION if told.kind == INSTITUTION else SCHOOL
    able = 0
    for unit in Organisation.objects.units().active().filter(kind=kind, filer=None).order_by("code"):
        author = people_of(unit).order_by("pk").first()
        if author is None or _is_blocked(ModelCase(kind=kind, organisation=unit)):
            continue
        if able == told.at:
            return unit, author
        able += 1
    return None


def _is_blocked(case: ModelCase) -> bool:
    return any(line.blocks for line in model_checks.against(case))


def _nominate(place: Place, told: Told, unit: Organisation, author: User) -> ModelCase:
    by = next(name for name, person in place.people.items() if person.pk == author.pk)
    consent = None
    lines = told.practice.replace("，", "，\n").split("\n")[:8]
    board = pictures.notice(told.title, lines, unit.name, clock.today())
    if told.kind == FAMILY:
        paper = pictures.notice(
            "同意公开家庭做法的说明",
            ["同意以代称公开，", "随时可以要求撤下。"],
            "家长（签名略）",
            clock.today(),
        )
        consent = place.photo(by, "家长同意书.jpg", paper)
    files = [] if told.kind == FAMILY else [place.photo(by, "公示栏.jpg", board)]
    return model_cases.nominate(
        unit=unit,
        kind=told.kind,
        nomination=Nomination(
            title=told.title,
            practice=told.practice,
            effect=told.effect,
            family_name=told.family,
            consent=consent,
        ),
        actor=author,
        files=files,
    )
