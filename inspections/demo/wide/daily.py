"""What an office does between visits and reviews: later dates, late cases, a role asked for, suggestions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.demo.wide.units import Unit, Width
from inspections.models import Extension, Problem, RectificationTask
from inspections.workflows import oversight, suggestions
from shuangjian import clock
from shuangjian.accounts import grants
from shuangjian.accounts.roles import Role

GROUND = Extension.Ground


@dataclass(frozen=True)
class Delay:
    """A problem that takes longer than its date allows, and what became of the request."""

    unit: str  # by name
    item: str
    fact: str
    measure: str
    ground: str
    words: str
    asked: int  # days before the county's date
    more: int  # days asked for
    answer: str  # granted, refused, or empty while it waits


DELAYS = (
    Delay(
        "青岩中学",
        "R12-3",
        "美术室漏雨停用，本学期没有开放",
        "维修屋面后每天开放",
        GROUND.WORKS,
        "屋面维修已招标，冬季停工，明年2月完工",
        2,
        85,  # beyond three months from the beginning: the leader's to decide
        "",
    ),
    Delay(
        "琴键音乐培训学校",
        "R15-4",
        "专职教研人员不足从业人员的一半，缺2人",
        "招聘2名专职教研人员并报备",
        GROUND.APPROVAL,
        "已录用2人，其中1人的准入查询在等外省回函",
        4,
        20,
        "",
    ),
    Delay(
        "龙潭中学",
        "R12-1",
        "室外跑道翻修，大课间活动不足1小时",
        "翻修期间改为分年级室内操",
        GROUND.WORKS,
        "跑道验收推迟到12月5日",
        8,
        25,
        "granted",
    ),
    Delay(
        "柳溪书法培训中心",
        "R13-2",
        "收费公示牌没有写课时单价",
        "更换公示牌，写明课时和单价",
        GROUND.FUNDS,
        "制作费用要等下月",
        6,
        30,
        "refused",
    ),
)


@dataclass(frozen=True)
class Remark:
    """What somebody says of the portal, and what the task force answers."""

    who: str
    page: str
    text: str
    made: int  # days before the county's date
    answer: str = ""


REMARKS = (
    Remark(
        "chengnanxiaoxue",
        "/checks/",
        "自查第4条能不能把上学期填的时间带过来，只改变了的年级？",
        12,
        "可以参考：每项下面写着上学期的答案，点一下就填入，再改变了的年级。",
    ),
    Remark(
        "duxue5",
        "/field/",
        "山区学校信号不好，希望照片可以回来以后再传。",
        9,
        "照片不是必须的；先写文字，回到有信号的地方再补照片，记录确认以前都可以。",
    ),
    Remark("longtanzhongxinxiaoxue", "/problems/", "希望打印的问题清单能按条目排序。", 3),
    Remark("zhaoyangjiaoyu", "/units/", "教学地点的租赁到期日能不能提前一个月提醒？", 1),
)


def suggested(place: Place, remark: Remark) -> Story:
    """意见建议: answered within ten working days."""
    yield place.ago(remark.made, "15:40")
    row = suggestions.make(actor=place.people[remark.who], text=remark.text, page=remark.page)
    if remark.answer:
        yield place.ago(remark.made - 4, "10:30")
        suggestions.answer(
            suggestion_id=row.pk, actor=place.people["zhuanban"], version=None, words=remark.answer
        )


def stories(place: Place, width: Width) -> Iterator[Story]:
    by_name = {unit.name: unit for unit in width.units}
    for delay in DELAYS:
        yield later(place, by_name[delay.unit], delay)
    for remark in REMARKS:
        yield suggested(place, remark)
    yield watched(place, width)
    yield role_asked_for(place)


def later(place: Place, unit: Unit, delay: Delay) -> Story:
    """Registered, planned, approved; then its head asks for time while there still is some."""
    begun = delay.asked + 14
    yield place.ago(begun, "10:10")
    case = place.register(
        unit.key,
        delay.item,
        delay.fact,
        by="zhuanban",
        origin=Problem.Origin.COUNTY_INSPECTION,
        days=begun + 5,
    )
    yield place.ago(begun - 3, "09:40")
    case.plan(unit.clerk, (delay.measure, unit.post, 20))
    yield place.ago(begun - 5, "15:30")
    case.approve("zhuanban")
    yield place.ago(delay.asked, "16:20")
    case.ask_for_time(unit.head, delay.more, delay.ground, delay.words)
    if not delay.answer:
        return
    yield place.ago(delay.asked - 2, "11:15")
    if delay.answer == "granted":
        case.give_time("zhuanban", "同意，期间每周报一次进度。")
    else:
        case.refuse_time("zhuanban", "公示牌可先用打印稿替换，不延期。")


def watched(place: Place, width: Width) -> Story:
    """The task force gives late cases to somebody who keeps an eye on them, and reminds the units."""
    yield place.ago(1, "10:05")
    own = [place.units[unit.key] for unit in width.units]  # those of the walkthrough stay as it tells them
    late = RectificationTask.objects.overdue().filter(state="rectifying", problem__organisation__in=own)
    for task in late.order_by("pk")[:3]:
        oversight.reassign(task_id=task.pk, actor=place.people["zhuanban"], overseer=place.people["zhuanban"])
        oversight.remind(
            task_id=task.pk, actor=place.people["zhuanban"], words="请本周内整改到位，写明进度。"
        )


def role_asked_for(place: Place) -> Story:
    """The security administrator asks for a role; a second person has not decided yet."""
    yield place.ago(1, "14:20")
    grants.ask(
        user_id=place.people["jianguan"].pk,
        actor=place.people["anquan"],
        version=None,
        role=Role.TEAM_INSPECTOR,
        organisation=place.units["county"],
        title="检查组成员",
        from_on=clock.today(),
    )
