"""The term before: visits and problems, all done with; its report was signed at its end."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.place import Place
from inspections.demo.self_checks import Shortcoming, case_of, fill, submit
from inspections.demo.story import Story
from inspections.demo.visits import confirm, end, finds, meets, plan, start
from inspections.models import Problem, Visit
from inspections.workflows import closing, rounds, self_check
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on

ORIGIN = Problem.Origin


def stories(place: Place) -> Iterator[Story]:
    """What happened then, and the merger in the vacation; nothing where no term before this one is known."""
    if term_before(place) is None:
        return
    yield from brief_visits(place)
    for story in (at_chengguan, special_at_hekou, trial_lessons, everybody_checked, merger):
        yield story(place)


def term_before(place: Place) -> Term | None:
    """The term before the one that holds the county's date."""
    here = term_on(place.as_of)
    return Term.objects.filter(last_on__lt=here.first_on).order_by("-last_on").first() if here else None


def days_since_its_end(place: Place) -> int:
    """How many days before the county's date that term ended."""
    before = term_before(place)
    return (place.as_of - before.last_on).days if before else 0


def _papers(place: Place) -> tuple[str, str]:
    before = term_before(place)
    year = before.last_on.year if before else place.as_of.year
    return f"{before.short_title if before else ''}经常性督导计划", f"云教督〔{year}〕1号"


def at_chengguan(place: Place) -> Story:
    """One problem, verified and closed on the next visit."""
    end_of_term = days_since_its_end(place)
    yield place.ago(end_of_term + 72, "09:00")
    visit = plan(place, "cg", ["duxue1"], place.ago(end_of_term + 70).date(), papers=_papers(place))
    yield place.ago(end_of_term + 70, "09:20")
    start(place, visit, "duxue1")
    meets(place, visit, "duxue1", "R01-1", "R02-2", "R03-1", "R04-1", "R06-1", "R07-1", "R10-2", "R12-6")
    finds(place, visit, "duxue1", "R05-3", "二年级2个班要求家长打印练习纸并签字批改", 15, breaks=True)
    yield place.ago(end_of_term + 70, "11:40")
    end(place, visit, "duxue1", "低年级无书面作业；请停止要求家长打印和批改。")
    confirm(place, visit, "duxue1", unit_person="黄勇", unit_person_post="校长", unit_remark="立即改正。")
    case = place.case_of(visit, "R05-3")
    yield place.ago(end_of_term + 67, "10:00")
    case.plan("chengguan", ("练习纸由学校统一印发，教师批改，不再要求家长签字", "李静", 8))
    yield place.ago(end_of_term + 66, "15:20")
    case.approve("duxue1")
    yield place.ago(end_of_term + 57, "16:00")
    case.prove("chengguan", "corrected", "二年级6个班均由学校印发练习纸，教师全批全改")
    case.prove("chengguan", "applied", "作业管理细则已修订，附印发登记")
    case.apply("chengguan", "已停止要求家长打印和批改")
    yield place.ago(end_of_term + 52, "10:10")
    case.verify("duxue1", "看二年级4个班一周练习，均为教师批改。")
    yield place.ago(end_of_term + 51, "09:30")
    case.close("zhuanban")


SCHOOL_ITEMS = ("R01-2", "R02-1", "R07-2", "R09-1")
INSTITUTION_ITEMS = ("R13-1", "R13-3", "R15-3", "R16-1", "R17-3")


def brief_visits(place: Place) -> Iterator[Story]:
    """Visits without a problem: where, by whom, days before the end of term, what was looked at besides."""
    for unit, inspector, days, who, more in (
        ("sy", "duxue1", 55, "郭峰", ("R04-2", "R04-3", "R06-3", "R10-1")),
        ("hk", "duxue2", 53, "曾强", ("R04-2", "R06-1", "R12-1")),
        ("ez", "duxue1", 46, "许峰", ("R04-3", "R06-3", "R10-2")),
        ("sq", "duxue2", 40, "潘军", ("R04-1", "R03-1", "R12-6")),
        ("yz", "duxue1", 34, "曹伟", ("R08-1",)),
        ("xh", "duxue1", 30, "沈岚", ()),
        ("tc", "duxue2", 27, "高远", ()),
    ):
        school = place.units[unit].kind == Organisation.Kind.SCHOOL
        items = (*SCHOOL_ITEMS, *more) if school else INSTITUTION_ITEMS
        yield brief_visit(place, unit, inspector, days, who, "校长" if school else "负责人", items)


def brief_visit(
    place: Place, unit: str, inspector: str, days: int, who: str, post: str, items: tuple[str, ...]
) -> Story:
    end_of_term = days_since_its_end(place)
    yield place.ago(end_of_term + days + 3, "15:00")
    visit = plan(place, unit, [inspector], place.ago(end_of_term + days).date(), papers=_papers(place))
    yield place.ago(end_of_term + days, "14:00")
    start(place, visit, inspector)
    meets(place, visit, inspector, *items)
    end(place, visit, inspector, "所查各项均按规定执行。")
    yield place.ago(end_of_term + days, "16:10")
    confirm(place, visit, inspector, unit_person=who, unit_person_post=post)


def special_at_hekou(place: Place) -> Story:
    """A special supervision by three; the supervision office closes what it found."""
    end_of_term = days_since_its_end(place)
    yield place.ago(end_of_term + 50, "09:00")
    visit = plan(
        place,
        "hkz",
        ["dudao", "duxue2", "jiancha"],
        place.ago(end_of_term + 42).date(),
        kind=Visit.Kind.SPECIAL,
        papers=_papers(place),
    )
    yield place.ago(end_of_term + 42, "08:50")
    start(place, visit, "dudao")
    meets(place, visit, "duxue2", "R02-1", "R03-1", "R03-2", "R04-4", "R07-1", "R11-2", "R12-1")
    finds(place, visit, "jiancha", "R06-3", "八年级本学期已组织2次月考，期末还安排1次", 30)
    finds(place, visit, "duxue2", "R10-1", "周五没有课后服务，每周4天", 30)
    yield place.ago(end_of_term + 42, "11:50")
    end(place, visit, "dudao", "考试次数超过规定，课后服务未覆盖5天，请限期整改。")
    confirm(place, visit, "dudao", unit_person="董明", unit_person_post="校长", unit_remark="按期整改。")
    exams, service = place.case_of(visit, "R06-3"), place.case_of(visit, "R10-1")
    yield place.ago(end_of_term + 38, "10:20")
    exams.plan("hekouzhong", ("取消月考，期末前不再组织考试", "董明", 5))
    service.plan("hekouzhong", ("周五开设体育和阅读课后服务", "田野", 12))
    yield place.ago(end_of_term + 36, "09:10")
    exams.approve("zhuanban")
    service.approve("zhuanban")
    yield place.ago(end_of_term + 26, "15:30")
    for case, words in ((exams, "月考计划已撤销并告知家长"), (service, "周五课后服务已开两周，384人参加")):
        case.prove("hekouzhong", "corrected", words)
        case.apply("hekouzhong", words)
    yield place.ago(end_of_term + 21, "10:00")
    exams.verify("zhuanban", "查教务日程，期末前无考试。", on_site=False)
    service.verify("zhuanban", "查签到册两周。", on_site=False)
    yield place.ago(end_of_term + 19, "09:00")
    exams.close("dudao")
    service.close("dudao")


def trial_lessons(place: Place) -> Story:
    """A red line of last term: the leader closed it."""
    end_of_term = days_since_its_end(place)
    yield place.ago(end_of_term + 64, "10:00")
    case = place.register(
        "qm",
        "R15-1",
        "“名师体验课”的授课人为外县一所初中的在职教师",
        by="zhuanban",
        origin=ORIGIN.COMPLAINT,
        days=20,
        breaks=True,
        rectifying=Problem.Rectifying.AT_ONCE,
    )
    yield place.ago(end_of_term + 63, "14:00")
    case.plan("qiming", ("当天停课退费，解除聘用", "钱立", 1), ("授课人员全部重新核对任职情况", "赵琳", 9))
    yield place.ago(end_of_term + 62, "09:20")
    case.approve("zhuanban")
    yield place.ago(end_of_term + 52, "16:30")
    case.prove("qiming", "stopped", "体验课已停，11名学生费用全部退还")
    case.prove("qiming", "corrected", "解除聘用协议已签，线索移交教师所在县")
    case.prove("qiming", "applied", "8名授课人员核对表")
    case.apply("qiming", "已停课退费、解除聘用")
    yield place.ago(end_of_term + 49, "19:00")
    case.verify("duxue1", "晚间到现场，授课人员与公示一致。")
    yield place.ago(end_of_term + 47, "10:40")
    case.close("lingdao")


def everybody_checked(place: Place) -> Story:
    """The round of schools: all accepted, the round ended; 石桥 filled in for its two small schools."""
    ended = days_since_its_end(place)
    yield place.ago(ended + 45, "09:00")
    before = term_before(place)
    if before is None:
        return
    round_ = rounds.create(
        actor=place.people["zhuanban"],
        title=f"{before.short_title}中小学自查",
        term=before,
        unit_kinds=["school"],
        due_on=place.ago(ended + 25).date(),
        plan_name=f"{before.short_title}进校事项清单",
        approval_no=f"云办发〔{before.last_on.year}〕4号",
    )
    rounds.publish(round_id=round_.pk, actor=place.people["zhuanban"])
    short = {
        "hk": {"R12-2": Shortcoming("劳动实践有计划，三年级缺记录", "补记录并每月检查", "彭雪", 14)},
        "ez": {"R11-1": Shortcoming("阅读课安排没有落实到七年级", "每周增加1节阅读课", "唐宁", 14)},
    }
    yield place.ago(ended + 38, "14:00")
    checks = [
        (unit, head, fill(place, unit, clerk, short.get(unit)))
        for unit, clerk, head in (
            ("cg", "chengguan", "chengguan-xiaozhang"),
            ("sy", "shiyan", "shiyan-xiaozhang"),
            ("ez", "erzhong", "erzhong-xiaozhang"),
            ("yz", "yizhong", "yizhong-xiaozhang"),
            ("hk", "hekou", "hekou-xiaozhang"),
            ("hkz", "hekouzhong", "hekouzhong-xiaozhang"),
            ("sq", "shiqiao", "shiqiao-xiaozhang"),
            ("sqd", "shiqiao", "shiqiao-xiaozhang"),
            ("lb", "shiqiao", "shiqiao-xiaozhang"),
        )
    ]
    yield place.ago(ended + 35, "10:00")
    for _, head, check in checks:
        submit(place, check, head)
    yield place.ago(ended + 29, "16:00")
    for unit, head, check in checks:
        self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])
        for item in short.get(unit, ()):
            case_of(place, check, item).close_light(head, "已补齐，有记录可查。")
    yield place.ago(ended + 20, "09:00")
    rounds.close(round_id=round_.pk, actor=place.people["zhuanban"])


def merger(place: Place) -> Story:
    """A small school is merged into the central one, which goes on with its open problem and closes it."""
    end_of_term = days_since_its_end(place)
    yield place.ago(end_of_term + 16, "09:40")
    case = place.register(
        "lb",
        "R12-3",
        "图书室本学期只开放2次，没有借阅登记",
        by="duxue2",
        origin=ORIGIN.REGULAR_SUPERVISION,
        days=16 + end_of_term * 2 // 3,
    )
    yield place.ago(end_of_term + 12, "11:00")
    case.plan("shiqiao", ("图书并入中心小学图书室，每周开放5天", "袁梅", end_of_term))
    yield place.ago(end_of_term + 10, "10:00")
    case.approve("duxue2")
    yield place.ago(end_of_term * 2 // 3, "10:30")
    old = place.units["lb"]
    closing.merge_unit(
        organisation_id=old.pk,
        actor=place.people["zhuanban"],
        version=None,
        into=place.units["sq"],
        on=place.ago(end_of_term * 2 // 3).date(),
        document_no=f"云教发〔{place.as_of.year}〕18号",
    )
    yield place.ago(end_of_term * 45 // 100, "15:00")
    case.prove("shiqiao", "corrected", "1260册图书已上架，每天开放，有借阅登记")
    case.apply("shiqiao", "图书室已正常开放")
    yield place.ago(end_of_term * 2 // 5, "09:30")
    case.verify_and_close("duxue2", "现场看过，登记齐全。")
