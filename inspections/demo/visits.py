"""Visits of this term: confirmed, refused, being summed up, under way, planned, cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import Visit
from inspections.workflows import visit_findings, visits
from shuangjian import clock
from shuangjian.files.models import StoredFile

REGULAR_PLAN = ("2026年秋季学期经常性督导计划", "云教督〔2026〕3号")
CHECK_PLAN = ("2026年秋季学期“双减”专项检查计划", "云双减〔2026〕5号")


def stories(place: Place) -> Iterator[Story]:
    """Every visit of this term, none of them begun."""
    for story in (
        at_chengguan,
        at_shiqiao,
        at_qiming,
        refused_at_xinghe,
        look_back_at_shiqiao,
        summing_up_at_tongchuang,
        under_way_at_erzhong,
        planned_ahead,
        cancelled,
    ):
        yield story(place)


# --- What visits are made of --------------------------------------------------
def plan(
    place: Place,
    unit: str,
    inspectors: Sequence[str],
    on: date,
    *,
    kind: str = Visit.Kind.REGULAR,
    by: str = "dudao",
    papers: tuple[str, str] = REGULAR_PLAN,
) -> Visit:
    """Plan a visit today, on the county's yearly list."""
    return visits.plan(
        organisation=place.units[unit],
        kind=kind,
        planned_on=on,
        inspectors=[place.people[name] for name in inspectors],
        actor=place.people[by],
        plan_name=papers[0],
        approval_no=papers[1],
    )


def start(place: Place, visit: Visit, who: str) -> None:
    visits.start(visit_id=visit.pk, actor=place.people[who], version=None)


def meets(place: Place, visit: Visit, who: str, *items: str) -> None:
    """These items were looked at and are met."""
    for code in items:
        visit_findings.save_finding(
            visit_id=visit.pk,
            item=place.item(code),
            actor=place.people[who],
            version=None,
            value="meets",
        )


def finds(
    place: Place,
    visit: Visit,
    who: str,
    item: str,
    text: str,
    days: int,
    *,
    breaks: bool = False,
    photos: Sequence[StoredFile] = (),
) -> None:
    """This item is not met: what was seen, and by when it must be put right."""
    visit_findings.save_finding(
        visit_id=visit.pk,
        item=place.item(item),
        actor=place.people[who],
        version=None,
        value="problem",
        text=text,
        breaks_prohibition=breaks,
        due_days=days,
        photos=photos,
    )


def end(place: Place, visit: Visit, who: str, summary: str) -> None:
    visits.end(visit_id=visit.pk, actor=place.people[who], version=None, summary=summary)


def confirm(place: Place, visit: Visit, who: str, **words: Any) -> None:
    visits.confirm(visit_id=visit.pk, actor=place.people[who], version=None, **words)


def call_off(place: Place, visit: Visit, words: str) -> None:
    visits.cancel(visit_id=visit.pk, actor=place.people["dudao"], version=None, words=words)


# --- Done ---------------------------------------------------------------------
def at_chengguan(place: Place) -> Story:
    """A regular visit: two problems, a photo of the homework board; one of them is ready to be verified."""
    yield place.ago(27, "09:00")
    visit = plan(place, "cg", ["duxue1"], place.ago(25).date())
    yield place.ago(25, "14:05")
    start(place, visit, "duxue1")
    meets(place, visit, "duxue1", "R02-1", "R03-1", "R04-1", "R06-2", "R07-1", "R09-1", "R10-2", "R12-1")
    board = pictures.homework_board(
        "三年级（2）班作业公示栏",
        ["学科", "作业内容", "预计用时"],
        [
            ["语文", "朗读第18课，写生字", "25分钟"],
            ["数学", "练习册第36页", "30分钟"],
            ["英语", "抄写单词", "20分钟"],
            ["合计", "", "75分钟"],
        ],
        clock.today(),
    )
    finds(
        place,
        visit,
        "duxue1",
        "R04-2",
        "三年级（2）班作业公示合计75分钟，抽查本周5天平均72分钟",
        30,
        photos=[place.photo("duxue1", "三年级作业公示栏.jpg", board)],
    )
    finds(place, visit, "duxue1", "R12-4", "一、二年级7:50到校参加集体早读", 15)
    yield place.ago(25, "16:20")
    end(
        place,
        visit,
        "duxue1",
        "作业公示制度健全，三年级各科合计超过60分钟，请年级组统筹；低年级早读即行取消。",
    )
    yield place.ago(25, "16:35")
    confirm(
        place,
        visit,
        "duxue1",
        unit_person="黄勇",
        unit_person_post="校长",
        unit_remark="情况属实，立即整改。",
    )
    homework, morning = place.case_of(visit, "R04-2"), place.case_of(visit, "R12-4")
    yield place.ago(21, "10:20")
    homework.plan(
        "chengguan",
        ("年级组长每天下午汇总各科作业，超过55分钟的当天调减", "李静", 10),
        ("教务处每周抽查2个班的实际完成时间并公示", "黄勇", 24),
    )
    morning.plan("chengguan", ("取消集体早读，8:10开校门，8:20上课", "黄勇", 5))
    yield place.ago(20, "09:15")
    homework.approve("duxue1", "同意，第二条请留记录。")
    morning.approve("duxue1")
    yield place.ago(13, "15:10")
    sheet = pictures.notice(
        "冬季作息时间表",
        [
            "开校门　　　　8:10",
            "上午第一节　　8:20—9:00",
            "大课间　　　　9:40—10:10",
            "下午第一节　　14:00—14:40",
            "课后服务　　　16:00—18:00",
        ],
        "城关小学",
        place.ago(14).date(),
    )
    morning.prove("chengguan", "corrected", pictures=[place.photo("chengguan", "冬季作息时间表.jpg", sheet)])
    morning.apply("chengguan", "早读已取消，新作息时间表已公示并告知家长")
    yield place.ago(11, "16:45")
    homework.measures_done("chengguan", 1)
    after = pictures.homework_board(
        "三年级（2）班作业公示栏",
        ["学科", "作业内容", "预计用时"],
        [
            ["语文", "朗读第22课", "20分钟"],
            ["数学", "练习册第48页", "20分钟"],
            ["英语", "听读对话", "15分钟"],
            ["合计", "", "55分钟"],
        ],
        clock.today(),
    )
    homework.prove("chengguan", pictures=[place.photo("chengguan", "三年级作业公示栏（改后）.jpg", after)])


def at_shiqiao(place: Place) -> Story:
    """A regular visit in the other area, its problem closed on the spot of the next visit."""
    yield place.ago(41, "15:00")
    visit = plan(place, "sq", ["duxue2"], place.ago(39).date())
    yield place.ago(39, "09:20")
    start(place, visit, "duxue2")
    meets(place, visit, "duxue2", "R01-2", "R02-3", "R03-2", "R04-1", "R05-2", "R07-2", "R10-1", "R12-6")
    finds(place, visit, "duxue2", "R06-2", "四、五年级数学每周五有一次“周练”，计分并登记", 15)
    yield place.ago(39, "11:30")
    end(place, visit, "duxue2", "低年级无书面作业；四、五年级“周练”属变相考试，请停止。")
    confirm(place, visit, "duxue2", unit_person="潘军", unit_person_post="校长", unit_remark="无异议。")
    case = place.case_of(visit, "R06-2")
    yield place.ago(35, "10:00")
    case.plan("shiqiao", ("取消“周练”，改为课堂随堂练习，不计分", "潘军", 7))
    yield place.ago(34, "09:00")
    case.approve("duxue2")
    yield place.ago(27, "16:20")
    case.prove("shiqiao", "corrected", "四、五年级已停止周练，计分册已收回")
    case.apply("shiqiao", "周练已停止三周")


def look_back_at_shiqiao(place: Place) -> Story:
    """The next visit: the authorised inspector verifies and closes what he finds done."""
    yield place.ago(20, "10:00")
    visit = plan(place, "sq", ["duxue2"], place.ago(19).date(), kind=Visit.Kind.LOOK_BACK, by="duxue2")
    yield place.ago(19, "09:10")
    start(place, visit, "duxue2")
    meets(place, visit, "duxue2", "R06-2", "R06-4", "R04-2")
    first = Visit.objects.filter(organisation=place.units["sq"], state="confirmed").latest("pk")
    place.case_of(first, "R06-2").verify_and_close(
        "duxue2", "问4名学生，均表示没有周练；教师办公室无计分册。", visit=visit
    )
    yield place.ago(19, "10:40")
    end(place, visit, "duxue2", "周练已停止。")
    confirm(place, visit, "duxue2", unit_person="潘军", unit_person_post="校长")


def at_qiming(place: Place) -> Story:
    """A county check by two: a prohibition among the findings, its plan waiting for review."""
    yield place.ago(12, "16:00")
    visit = plan(
        place,
        "qm",
        ["duxue1", "jiancha"],
        place.ago(10).date(),
        kind=Visit.Kind.COUNTY_CHECK,
        by="zhuanban",
        papers=CHECK_PLAN,
    )
    yield place.ago(10, "19:40")
    start(place, visit, "duxue1")
    meets(place, visit, "jiancha", "R13-1", "R13-2", "R13-3", "R15-1", "R15-2", "R16-1")
    room = pictures.notice(
        "晚间课程表",
        ["一班　18:00—19:30", "二班　18:30—20:00", "三班　19:10—20:50", "四班　18:00—20:00"],
        "启明教育培训中心",
        clock.today(),
    )
    finds(
        place,
        visit,
        "jiancha",
        "R17-1",
        "20:42仍有三班14名学生在上课，课程表写明20:50下课",
        7,
        breaks=True,
        photos=[place.photo("jiancha", "晚间课程表.jpg", room)],
    )
    yield place.ago(10, "20:55")
    end(place, visit, "duxue1", "证照、收费、人员合规；三班超过20:30下课，须当场停止。")
    confirm(
        place,
        visit,
        "duxue1",
        unit_person="钱立",
        unit_person_post="负责人",
        unit_remark="三班即日起改到18:00上课。",
    )
    yield place.ago(6, "10:10")
    place.case_of(visit, "R17-1").plan("qiming", ("三班改为18:00—19:30，课程表重新公示", "钱立", 1))


def refused_at_xinghe(place: Place) -> Story:
    """The institution refuses to confirm; reason and witness are on the record."""
    yield place.ago(16, "11:00")
    visit = plan(place, "xh", ["duxue1"], place.ago(14).date())
    yield place.ago(14, "15:00")
    start(place, visit, "duxue1")
    meets(place, visit, "duxue1", "R13-1", "R15-1", "R16-1", "R17-1", "R17-3")
    finds(place, visit, "duxue1", "R15-3", "2名美术教师没有劳动合同，准入查询记录缺1人", 15)
    yield place.ago(14, "16:30")
    end(place, visit, "duxue1", "请补齐人员合同和准入查询。")
    confirm(
        place,
        visit,
        "duxue1",
        refused_reason="值班人员称负责人外出，不便签字",
        witness="马秀英（商贸街社区）",
    )


# --- Not finished -------------------------------------------------------------
def summing_up_at_tongchuang(place: Place) -> Story:
    """Yesterday's check of two waits for both confirmations."""
    yield place.ago(5, "10:00")
    visit = plan(
        place,
        "tc",
        ["jiancha", "duxue2"],
        place.ago(3).date(),
        kind=Visit.Kind.COUNTY_CHECK,
        by="zhuanban",
        papers=CHECK_PLAN,
    )
    yield place.ago(3, "15:30")
    start(place, visit, "jiancha")
    meets(place, visit, "jiancha", "R13-1", "R13-3", "R13-4", "R15-1", "R17-2")
    finds(place, visit, "jiancha", "R13-2", "编程课一次收费6200元，超过5000元", 15)
    yield place.ago(3, "17:40")
    end(place, visit, "jiancha", "一次收费超过5000元，多收部分退还或转入监管账户。")


def under_way_at_erzhong(place: Place) -> Story:
    """This morning's visit, still going on."""
    yield place.ago(6, "09:00")
    visit = plan(place, "ez", ["duxue1"], place.as_of)
    yield place.ago(0, "08:40")
    start(place, visit, "duxue1")
    yield place.ago(0, "09:12")
    meets(place, visit, "duxue1", "R02-1", "R03-1", "R06-3", "R09-1")
    finds(place, visit, "duxue1", "R04-3", "八年级（2）班周三作业合计约110分钟", 15)


def planned_ahead(place: Place) -> Story:
    """For today and the next days; the special one is announced and takes three."""
    yield place.ago(4, "10:30")
    plan(place, "cg", ["duxue1"], place.as_of)
    plan(place, "qm", ["duxue1", "jiancha"], place.as_of, kind=Visit.Kind.COUNTY_CHECK, papers=CHECK_PLAN)
    plan(place, "hk", ["duxue2"], place.as_of + timedelta(days=1))
    plan(
        place,
        "sy",
        ["dudao", "duxue1", "duxue2"],
        place.as_of + timedelta(days=8),
        kind=Visit.Kind.SPECIAL,
        papers=CHECK_PLAN,
    )


def cancelled(place: Place) -> Story:
    yield place.ago(9, "09:00")
    visit = plan(place, "hkz", ["duxue2"], place.as_of + timedelta(days=2))
    yield place.ago(5, "14:00")
    call_off(place, visit, "当天学校用作中考体育测试考点，另行安排")
