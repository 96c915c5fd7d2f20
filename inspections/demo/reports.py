"""Reports: last term's, signed, with its file; this term's before the leader; two of single units."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.last_term import days_since_its_end, term_before
from inspections.demo.place import Place, do_now
from inspections.demo.story import Story
from inspections.models import SupervisionReport
from inspections.workflows import report, standing_texts
from shuangjian.journal.models import Job
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on

COUNTY, UNIT = SupervisionReport.Kind.COUNTY, SupervisionReport.Kind.UNIT

COUNTY_PRACTICE = """作业总量由年级组统筹。城关小学、实验学校每天由年级组长汇总各科作业，超过标准的当天调减。
课后服务做到每周5天。河口中学补上周五时段，开设体育和阅读，384名学生自愿参加。
违规培训查处及时。启明教育培训中心聘用在职教师一事从登记到销号17天，11名学生的费用全部退还。"""
COUNTY_ABSENT = "柳坝小学、石桥教学点规模小，自查由石桥中心小学填报，秋季学期列入经常性督导。"
WHOLE_COUNTY_ABSENT = "这些单位当学期以自查和材料核查为主，秋季学期由责任督学分片列入经常性督导。"
COUNTY_ADVICE = """请县教育局于开学后一个月内对初中考试次数开展一次专项检查，由基础教育股负责。
请各学校于开学第一周公示本学期作业、考试和课后服务安排，由校长负责。
请校外培训机构于开学前核对全部授课人员的任职情况，由机构负责人负责。"""
THIS_TERM_PRACTICE = """自查覆盖全部学校和机构。自报的问题按轻办程序由单位负责人销号，双减专班抽查。
现场检查以看公示、看登记、问学生为主，满足要求的不要求拍照。
退费到位。第二中学退还186名学生的资料费5580元，逐人签收。"""
THIS_TERM_ADVICE = """请县教育局于12月10日前督促逾期问题全部整改到位，由双减专班负责。
请各学校于期末前对照三十条再查一遍作业总量和考试次数，由校长负责。
请启明教育培训中心严格执行20:30下课的规定，由负责人每天核对课程表。"""
UNIT_DEMAND = "请你单位自收到本报告之日起10个工作日内，将整改情况书面报{督导机构}。"
UNIT_PRACTICE = """低年级没有书面家庭作业，识字、口算都在课内完成。
四、五年级“周练”停止后，改为不计分的随堂练习，两周后回访属实。"""
UNIT_ADVICE = """假期不得组织集体上课，由校长负责，即行执行并长期坚持。
年级组每月自查一次作业和考试，结果于次月5日前书面报学校，由教导主任负责。"""


def stories(place: Place) -> Iterator[Story]:
    """Every report, none of them begun."""
    if term_before(place) is not None:
        yield signed_for_last_term(place)
    for story in (standing_demand, signed_for_shiqiao, before_the_leader, draft_for_chengguan):
        yield story(place)


def _write(place: Place, draft: SupervisionReport, **sections: str) -> None:
    report.SIGNING.save(row_id=draft.pk, actor=place.people["dudao"], version=None, sections=sections)


def _submit(place: Place, draft: SupervisionReport) -> None:
    report.SIGNING.submit(row_id=draft.pk, actor=place.people["dudao"], version=None)


def _sign(place: Place, draft: SupervisionReport) -> None:
    """The leader signs; the job that a worker would take is done at once."""
    report.SIGNING.sign(row_id=draft.pk, actor=place.people["lingdao"], version=None)
    do_now(Job.objects.get(kind="reports.issue", payload__report=draft.pk))


def _here(place: Place) -> Term:
    term = term_on(place.as_of)
    if term is None:
        raise LookupError("no term is loaded")
    return term


def signed_for_last_term(place: Place) -> Story:
    before = term_before(place)
    ended = days_since_its_end(place)
    yield place.ago(ended + 5, "09:10")
    assert before is not None  # noqa: S101  (told only then)
    draft = report.draft(
        kind=COUNTY, term=before, organisation=place.units["county"], actor=place.people["dudao"]
    )
    absent = WHOLE_COUNTY_ABSENT if "office-tutoring" in place.units else COUNTY_ABSENT
    _write(place, draft, absent=absent, practice=COUNTY_PRACTICE, advice=COUNTY_ADVICE)
    yield place.ago(ended + 4, "10:00")
    _submit(place, draft)
    yield place.ago(ended + 3, "15:20")
    _sign(place, draft)


def standing_demand(place: Place) -> Story:
    """The office words what every unit's report ends with."""
    yield place.ago(20, "10:30")
    standing_texts.write(
        kind="unit_report",
        key="demands",
        text=UNIT_DEMAND,
        reason="按办公室意见，写明书面反馈的时限",
        actor=place.people["dudao"],
        version=0,
    )


def signed_for_shiqiao(place: Place) -> Story:
    """A unit's own report: its people read and download it."""
    yield place.ago(13, "09:30")
    draft = report.draft(
        kind=UNIT, term=_here(place), organisation=place.units["sq"], actor=place.people["dudao"]
    )
    _write(place, draft, practice=UNIT_PRACTICE, advice=UNIT_ADVICE)
    yield place.ago(12, "14:00")
    _submit(place, draft)
    yield place.ago(11, "16:10")
    _sign(place, draft)


def before_the_leader(place: Place) -> Story:
    """This term's for the county, returned once, now before the leader again."""
    yield place.ago(6, "10:00")
    draft = report.draft(
        kind=COUNTY, term=_here(place), organisation=place.units["county"], actor=place.people["dudao"]
    )
    _write(
        place,
        draft,
        absent="已列入计划，期末前全部查到。",
        practice=THIS_TERM_PRACTICE,
        advice="请各单位按期整改。",
    )
    yield place.ago(6, "17:00")
    _submit(place, draft)
    yield place.ago(5, "09:20")
    report.SIGNING.send_back(
        row_id=draft.pk,
        actor=place.people["lingdao"],
        version=None,
        words="建议太空，请写明由谁、何时完成",
    )
    yield place.ago(4, "11:30")
    report.refresh(report_id=draft.pk, actor=place.people["dudao"], version=None)
    _write(place, draft, advice=THIS_TERM_ADVICE)
    _submit(place, draft)


def draft_for_chengguan(place: Place) -> Story:
    """Just begun: the texts are still to be written."""
    yield place.ago(3, "15:40")
    report.draft(kind=UNIT, term=_here(place), organisation=place.units["cg"], actor=place.people["dudao"])
