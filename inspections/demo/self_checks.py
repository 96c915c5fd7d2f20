"""This term's self-checks: a round for schools, one for institutions, each check somewhere on its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from inspections import check_sheet
from inspections.check_sheet import FigureLine, ItemAnswer, ItemLine
from inspections.demo import pictures
from inspections.demo.place import Case, Place
from inspections.demo.story import Story
from inspections.models import Answer, Problem, SelfCheck
from inspections.workflows import check_answers, rounds, self_check
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Obligation
from shuangjian.policy.school_days import fault_for_schools, next_school_day
from shuangjian.policy.selectors import term_on

SCHOOL, INSTITUTION = Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION
PUBLISHED = 27  # days before the county's date
SCHOOLS_DUE, INSTITUTIONS_DUE = 4, -6  # days after it

# How far from its limit a figure usually lies; one that isn't named lies at the limit.
USUALLY = {
    "书面家庭作业": "0.85",
    "电子产品教学时长占比": "0.7",
    "校内体育活动": "1.25",
    "教学教研人员占比": "1.2",
    "一次收费金额": "0.7",
    "续费时剩余课时": "0.8",
}


@dataclass(frozen=True)
class Shortcoming:
    """What a unit says of an item that it does not, or not wholly, meet."""

    fact: str
    measure: str = ""
    person: str = ""
    days: int = 0  # from the day of filling
    value: str = Answer.Value.PARTLY
    figures: Mapping[check_sheet.FigureKey, str] = field(default_factory=dict)

    def answer(self, usual: Mapping[check_sheet.FigureKey, str]) -> ItemAnswer:
        return ItemAnswer(
            value=self.value,
            problem_text=self.fact,
            measure_text=self.measure,
            person=self.person,
            fix_on=clock.today() + timedelta(days=self.days) if self.days else None,
            figures={**usual, **self.figures},
        )


def stories(place: Place) -> Iterator[Story]:
    """The two rounds, then every unit that has begun; 石桥中心小学 and its 教学点 have not."""
    yield publish(place, [SCHOOL], "中小学", SCHOOLS_DUE, "P1-3b")
    yield publish(place, [INSTITUTION], "校外培训机构", INSTITUTIONS_DUE, "P1-3c")
    for story in (
        accepted_yizhong,
        accepted_hekouzhong,
        submitted_shiyan,
        returned_erzhong,
        confirming_hekou,
        filling_chengguan,
        accepted_qiming,
        late_tongchuang,
        overdue_xinghe,
    ):
        yield story(place)


def publish(place: Place, kinds: list[str], who: str, due: int, obligation: str) -> Story:
    """The task force drafts a round and publishes it."""
    yield place.ago(PUBLISHED + 1, "16:30")
    due_on = place.as_of + timedelta(days=due)
    if SCHOOL in kinds and fault_for_schools(due_on):  # a demo that begins before a vacation
        due_on = next_school_day(due_on)
    term = term_on(due_on)
    if term is None:
        return
    round_ = rounds.create(
        actor=place.people["zhuanban"],
        title=f"{term.short_title}{who}自查",
        term=term,
        unit_kinds=kinds,
        due_on=due_on,
        obligation=_obligation(obligation, due_on),
        plan_name=f"{term.short_title}进校进机构事项清单",
        approval_no=f"云办发〔{place.as_of.year}〕12号",
    )
    yield place.ago(PUBLISHED, "09:00")
    rounds.publish(round_id=round_.pk, actor=place.people["zhuanban"])


def _obligation(code: str, due_on: date) -> Obligation | None:
    """The duty of the plan that the round serves, where its step holds the day."""
    return Obligation.objects.filter(
        code=code, phase__starts_on__lte=due_on, phase__ends_on__gte=due_on
    ).first()


# --- What checks are made of --------------------------------------------------
def check_of(place: Place, unit: str) -> SelfCheck:
    rows = SelfCheck.objects.select_related(*check_sheet.WITH_UNIT)
    return rows.filter(organisation=place.units[unit]).latest("pk")


def fill(
    place: Place,
    unit: str,
    who: str,
    short: Mapping[str, Shortcoming] | None = None,
    *,
    rules: range = range(1, 31),
    vary: Random | None = None,
) -> SelfCheck:
    """Answer the rules in the range: met, with usual figures, but for what is named as short.

    With ``vary`` the usual figures differ from unit to unit.
    """
    check = check_of(place, unit)
    answers = {
        line.item.code: _answer(line, short or {}, vary)
        for rule in check_sheet.load(check).rules
        if rule.is_open and rule.rule.number in rules
        for line in rule.asked
    }
    check_answers.save_rules(check_id=check.pk, actor=place.people[who], answers=answers)
    return check


def _answer(line: ItemLine, short: Mapping[str, Shortcoming], vary: Random | None) -> ItemAnswer:
    usual = {one.key: _usual(one, vary) for one in line.figures}
    named = short.get(line.item.code)
    return named.answer(usual) if named else ItemAnswer(value=Answer.Value.MEETS, figures=usual)


def _usual(line: FigureLine, vary: Random | None) -> str:
    if line.limit is None:
        return "1"
    if ":" in line.limit.value:
        return line.limit.value
    share = Decimal(USUALLY.get(line.indicator.name, "1"))
    if vary is not None and share != 1:  # away from the limit, on the side that keeps it
        share *= 1 + (Decimal(vary.randint(0, 15)) / 100).copy_sign(share - 1)
    value = Decimal(line.limit.value) * share
    return str(int(value)) if line.limit.value.isdigit() else str(value.normalize())


def submit(place: Place, check: SelfCheck, head: str) -> None:
    self_check.confirm(check_id=check.pk, actor=place.people[head])


def case_of(place: Place, check: SelfCheck, item: str) -> Case:
    """The problem that an answer became."""
    return Case(place, Problem.objects.get(source_answer__self_check=check, source_answer__item__code=item))


# --- Schools ------------------------------------------------------------------
def accepted_yizhong(place: Place) -> Story:
    """Nothing short; accepted."""
    yield place.ago(22, "14:00")
    check = fill(place, "yz", "yizhong")
    self_check.send_to_head(check_id=check.pk, actor=place.people["yizhong"])
    yield place.ago(21, "10:20")
    submit(place, check, "yizhong-xiaozhang")
    yield place.ago(17, "15:40")
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])


def accepted_hekouzhong(place: Place) -> Story:
    """Two shortcomings of its own on the light track: one closed by the head, one under way."""
    yield place.ago(21, "09:30")
    check = fill(
        place,
        "hkz",
        "hekouzhong",
        {
            "R12-3": Shortcoming("美术室周三、周五因教师外出没有开放", "调整值班，每天开放", "田野", 14),
            "R11-2": Shortcoming(
                "学困生辅导有安排，七年级没有记录", "补建辅导记录，年级组长每周检查", "田野", 26
            ),
        },
    )
    self_check.send_to_head(check_id=check.pk, actor=place.people["hekouzhong"])
    yield place.ago(20, "08:50")
    submit(place, check, "hekouzhong-xiaozhang")
    yield place.ago(16, "10:30")
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])
    yield place.ago(13, "16:10")
    case_of(place, check, "R12-3").close_light("hekouzhong-xiaozhang", "值班表已调整，连续两周每天开放。")


def submitted_shiyan(place: Place) -> Story:
    """Submitted, waiting for the task force; one shortcoming beyond a limit, with proof of another answer."""
    yield place.ago(8, "15:00")
    check = fill(
        place,
        "sy",
        "shiyan",
        {
            "R04-2": Shortcoming(
                "五年级各科合计日均66分钟，英语抄写偏多",
                "年级组长每天统筹，抄写类作业减半",
                "罗兰",
                20,
                figures={("书面家庭作业", 5): "66"},
            ),
            "R09-4": Shortcoming("2个学习类应用未完成备案", "停用，备案后再用", "罗兰", 14),
        },
    )
    board = pictures.homework_board(
        "五年级作业公示栏",
        ["班级", "语文", "数学", "英语", "合计"],
        [
            ["五（1）", "20", "20", "25", "65分钟"],
            ["五（2）", "22", "20", "24", "66分钟"],
            ["五（3）", "20", "22", "25", "67分钟"],
        ],
        clock.today(),
    )
    self_check.attach_evidence(
        check_id=check.pk,
        item_code="R04-4",
        actor=place.people["shiyan"],
        files=[place.photo("shiyan", "五年级作业公示栏.jpg", board)],
    )
    self_check.send_to_head(check_id=check.pk, actor=place.people["shiyan"])
    yield place.ago(4, "11:10")
    submit(place, check, "shiyan-xiaozhang")


def returned_erzhong(place: Place) -> Story:
    """Returned with words on two rules; one of them is mended already."""
    yield place.ago(15, "10:00")
    check = fill(
        place,
        "ez",
        "erzhong",
        {"R11-1": Shortcoming("七年级学法指导课没有排进课表", "每两周安排1节", "唐宁", 20)},
    )
    self_check.send_to_head(check_id=check.pk, actor=place.people["erzhong"])
    yield place.ago(13, "09:15")
    submit(place, check, "erzhong-xiaozhang")
    yield place.ago(6, "16:00")
    self_check.send_back(
        check_id=check.pk,
        actor=place.people["zhuanban"],
        notes={
            4: "九年级作业时间与责任督学抽查不一致，请按一周实际用时重新填写",
            6: "期中、期末考试次数请分年级写明，九年级模拟考试安排也要写",
        },
    )
    yield place.ago(4, "14:20")
    fill(
        place,
        "ez",
        "erzhong",
        {
            "R04-3": Shortcoming(
                "九年级日均约96分钟，数学试卷类作业偏多",
                "教务处每天核定九年级作业总量",
                "唐宁",
                15,
                figures={("书面家庭作业", 9): "96"},
            )
        },
        rules=range(4, 5),
    )


def confirming_hekou(place: Place) -> Story:
    """All answered, waiting for the head."""
    yield place.ago(5, "15:30")
    check = fill(
        place,
        "hk",
        "hekou",
        {"R05-4": Shortcoming("一年级有1个班要求家长拍朗读视频打卡", "即日停止打卡", "彭雪", 7)},
    )
    yield place.ago(3, "16:40")
    self_check.send_to_head(check_id=check.pk, actor=place.people["hekou"])


def filling_chengguan(place: Place) -> Story:
    """Nearly done, rules 4 and 12 are still open: here the walkthrough begins."""
    yield place.ago(6, "14:30")
    fill(place, "cg", "chengguan", rules=range(1, 4))
    yield place.ago(5, "09:50")
    fill(
        place,
        "cg",
        "chengguan",
        {"R06-2": Shortcoming("四年级数学上月有1次单元测验计分", "改为随堂练习，不计分", "李静", 14)},
        rules=range(5, 12),
    )


# --- Institutions -------------------------------------------------------------
def accepted_qiming(place: Place) -> Story:
    yield place.ago(20, "15:20")
    check = fill(
        place,
        "qm",
        "qiming",
        {"R13-2": Shortcoming("墙上公示的收费标准是上学期的", "一周内更换公示牌", "赵琳", 10)},
    )
    self_check.send_to_head(check_id=check.pk, actor=place.people["qiming"])
    yield place.ago(19, "10:00")
    submit(place, check, "qiming-fuzeren")
    yield place.ago(15, "11:20")
    case_of(place, check, "R13-2").close_light("qiming-fuzeren", "公示牌已更换为本学期标准。")
    yield place.ago(14, "09:40")
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])


def late_tongchuang(place: Place) -> Story:
    """Submitted after its date, not reviewed yet."""
    yield place.ago(5, "10:00")
    check = fill(
        place,
        "tc",
        "tongchuang",
        {
            "R17-2": Shortcoming(
                "线上编程课每课时40分钟，课间5分钟",
                "改为每课时30分钟、课间10分钟",
                "韩雨",
                12,
                value=Answer.Value.FAILS,
                figures={("线上每课时", None): "40", ("线上课间", None): "5"},
            )
        },
    )
    self_check.send_to_head(check_id=check.pk, actor=place.people["tongchuang"])
    yield place.ago(3, "18:10")
    submit(place, check, "tongchuang-fuzeren")


def overdue_xinghe(place: Place) -> Story:
    """Begun and past its date."""
    yield place.ago(10, "20:10")
    fill(place, "xh", "xinghe", rules=range(13, 15))
