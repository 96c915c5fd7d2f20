"""Cases that left their straight way: objected to, parked, handed over, from above, withdrawn, relapsed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inspections import proofs
from inspections.demo.place import Case, Place
from inspections.demo.story import Story
from inspections.demo.wide.units import Unit, Width
from inspections.models import Decision, Problem, Recheck
from inspections.workflows import objections, parking, problems, rechecks, rectification, superior, transfers
from shuangjian import clock

ORIGIN = Problem.Origin
LOOKED_BACK = (48, 27, 6)  # days before the county's date on which people went to look again
LEFT = 2  # of what was due each time stays for later: not everybody found the time


def stories(place: Place, width: Width) -> Iterator[Story]:
    by_name = {unit.name: unit for unit in width.units}
    yield objected(place, by_name["城北小学"])
    yield not_upheld(place, by_name["东湖中学"])
    yield withdrawn(place, by_name["小画家美术培训中心"])
    yield parked(place, by_name["云溪县第三中学"])
    yield handed_over(place, by_name["金话筒口才培训中心"])
    yield from_above(place, by_name["恒学教育培训中心"])
    yield relapsed(place, by_name["七彩美术培训学校"])
    yield looked_back(place)


def objected(place: Place, unit: Unit) -> Story:
    """The school took note and says that it isn't so; nobody has answered yet."""
    yield place.ago(5, "10:20")
    case = place.register(
        unit.key,
        "R12-1",
        "大课间只安排20分钟，全天体育活动不足1小时",
        by="dudao",
        origin=ORIGIN.GOVERNMENT_SUPERVISION,
        days=20,
    )
    yield place.ago(4, "09:15")
    case.move(unit.clerk, rectification.acknowledge)
    yield place.ago(3, "16:40")
    case.move(
        unit.clerk,
        objections.object_to,
        words="当天下雨，大课间改在教室；平日大课间30分钟，另有体育课和课后活动，课表附后。",
    )


def not_upheld(place: Place, unit: Unit) -> Story:
    """Answered by another than who found it: it stays, and the school plans."""
    yield place.ago(12, "09:50")
    case = place.register(
        unit.key,
        "R02-1",
        "九年级课表上综合实践活动课由数学教师讲授数学",
        by="dudao",
        origin=ORIGIN.GOVERNMENT_SUPERVISION,
        days=25,
    )
    yield place.ago(11, "11:10")
    case.move(unit.clerk, rectification.acknowledge)
    yield place.ago(10, "15:30")
    case.move(unit.clerk, objections.object_to, words="该课为数学类综合实践活动。")
    yield place.ago(8, "10:05")
    case.move(
        "zhuanban",
        objections.reject,
        words="查阅教案，连续3周讲的是同步练习，不是综合实践活动，维持原认定。",
    )
    yield place.ago(6, "17:00")
    case.plan(unit.clerk, ("恢复综合实践活动课，由教务处每周查课", unit.post, 10))


def withdrawn(place: Place, unit: Unit) -> Story:
    """Registered by mistake: the leader takes it back."""
    yield place.ago(9, "14:20")
    case = place.register(
        unit.key,
        "R13-2",
        "收费公示牌没有写退费办法",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=15,
    )
    yield place.ago(7, "16:10")
    case.move(
        "lingdao",
        rectification.withdraw,
        words="公示牌背面写有退费办法，检查时没有翻看，不是问题。",
    )


def parked(place: Place, unit: Unit) -> Story:
    """What the school cannot solve by itself rests until the next quarter."""
    yield place.ago(26, "10:30")
    case = place.register(
        unit.key,
        "R12-3",
        "音乐室改作教室，本学期没有开放",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=30,
    )
    yield place.ago(22, "15:00")
    case.plan(unit.clerk, ("腾出音乐室并每天开放", unit.post, 20))
    yield place.ago(20, "09:30")
    case.approve("zhuanban")
    yield place.ago(7, "11:00")
    case.move(
        "zhuanban",
        parking.park,
        words="本学期多招2个班，校内没有可腾的教室；新教学楼明年春季启用。",
        review_on=clock.today() + timedelta(days=80),
    )


def handed_over(place: Place, unit: Unit) -> Story:
    """Advertising is the market supervision's matter; it took the case and has not reported yet."""
    yield place.ago(15, "09:20")
    case = place.register(
        unit.key,
        "R13-4",
        "在商场大屏投放招生广告，宣称“名师云集、全县第一”",
        by="zhuanban",
        origin=ORIGIN.MEDIA,
        days=20,
    )
    yield place.ago(14, "10:40")
    case.move(
        "zhuanban",
        transfers.send,
        department=place.units["market"],
        letter_no=f"云教函〔{place.as_of.year}〕12号",
        words="广告违法行为由市场监督管理部门查处",
        report_by=clock.today() + timedelta(days=30),
    )
    yield place.ago(12, "15:15")
    case.move("lianluo", transfers.accept, receipt_no=f"云市监函〔{place.as_of.year}〕31号")


def from_above(place: Place, unit: Unit) -> Story:
    """Handed down by the city: verified here, and the city has been asked whether it may be closed."""
    yield place.ago(30, "09:05")
    asked = place.item("R13-2")
    problem = problems.register(
        organisation=place.units[unit.key],
        rule=asked.rule,
        item=asked,
        fact="市里转来：一次收取6个月费用，家长要求退费未办",
        origin=ORIGIN.SUPERIOR,
        superior_no=f"临教督交〔{place.as_of.year}〕8号",
        due_on=clock.today() + timedelta(days=35),
        found_by=place.people["zhuanban"],
    )
    case = Case(place, problem)
    yield place.ago(27, "10:00")
    case.plan(unit.clerk, ("退还多收的费用，重新签订合同", unit.post, 15))
    yield place.ago(25, "16:00")
    case.approve("zhuanban")
    yield place.ago(12, "11:20")
    for need in proofs.missing_proof(case.task):
        case.prove(unit.clerk, need.code, note="已退费并重签合同，凭证存本机构")
    case.apply(unit.clerk, "多收的费用已退还，合同重新签订。")
    yield place.ago(8, "15:40")
    case.verify("dudao", "凭证齐全。", on_site=False)
    yield place.ago(5, "09:45")
    case.move("zhuanban", superior.ask, document_no=f"云教督〔{place.as_of.year}〕31号")


def relapsed(place: Place, unit: Unit) -> Story:
    """Closed in the autumn; a parent's complaint shows that it is so again: 第2次整改."""
    yield place.ago(75, "09:40")
    case = place.register(
        unit.key,
        "R13-2",
        "收费公示牌没有课时单价，合同一次收取4个月费用",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=20,
    )
    yield place.ago(72, "10:10")
    case.plan(unit.clerk, ("更换公示牌，合同改为按月收费", unit.post, 10))
    yield place.ago(71, "15:20")
    case.approve("zhuanban")
    yield place.ago(63, "11:00")
    for need in proofs.missing_proof(case.task):
        case.prove(unit.clerk, need.code, note="公示牌和新合同已换，照片存本机构")
    case.apply(unit.clerk, "公示牌已更换，新合同按月收费。")
    yield place.ago(60, "14:30")
    case.verify("dudao", "看过公示牌和3份新合同。")
    yield place.ago(59, "09:10")
    case.close("zhuanban")
    yield place.ago(13, "10:00")
    problems.relapse(
        problem=case.problem,
        fact="家长反映：秋季班又一次收取4个月费用，合同和转账记录为证",
        found_by=place.people["zhuanban"],
        due_on=clock.today() + timedelta(days=25),
    )
    again = Case(place, case.problem)
    yield place.ago(11, "16:30")
    again.plan(unit.clerk, ("逐户退还超收的费用，法定代表人签字承诺", unit.post, 15))
    yield place.ago(10, "10:20")
    again.approve("dudao")


def looked_back(place: Place) -> Story:
    """People went to look again at what was drawn: nearly all is still as it should be."""
    for days in LOOKED_BACK:
        yield place.ago(days, "14:00")
        due = Recheck.objects.waiting().filter(due_on__lte=clock.today() + timedelta(days=10))
        rows = due.select_related("task__problem__organisation", "task__problem__prohibition")
        for row in list(rows.order_by("due_on", "pk"))[:-LEFT]:
            who = next(
                (
                    one
                    for one in ("dudao", "zhuanban", "duxue1", "duxue2", "jiancha2")
                    if _may(place, one, row)
                ),
                None,
            )
            if who is not None:
                on_paper = row.kind == "desk_check"
                rechecks.keep(
                    recheck_id=row.pk,
                    actor=place.people[who],
                    version=row.version,
                    method=Decision.Method.ON_PAPER if on_paper else Decision.Method.ON_SITE,
                    words="材料齐全，与销号时一致。" if on_paper else "到校看过，仍按整改后的做法。",
                )


def _may(place: Place, who: str, row: Recheck) -> bool:
    return place.people[who].has_perm("inspections.do_recheck", row)
