"""A realistic county as frozen figures, without a database: 16 schools, 8 institutions, two dozen problems.

Nothing is random: the same arguments give the same figures. Used by the tests of documents and by the bench.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from inspections.models import SupervisionReport
from inspections.reports.data import (
    FigureLine,
    MissingLine,
    ProblemLine,
    RuleLine,
    Share,
    SupervisionData,
    UnitLine,
    UnitReportData,
    VisitLine,
    dump,
)
from shuangjian.accounts.models import User

OFFICE = "云溪县人民政府教育督导委员会办公室"
AS_OF = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
UNTIL = date(2026, 11, 25)
FIRST = date(2026, 9, 1)

_RULES = (
    "坚持正确办学方向",
    "严格依照课标教学",
    "均衡编班配置师资",
    "严控书面作业总量",
    "科学合理布置作业",
    "坚决控制考试次数",
    "采取等级评价方式",
    "限制竞赛评优活动",
    "合理使用电子产品",
    "建立弹性离校制度",
    "培养良好学习习惯",
    "指导学生实践锻炼",
    "依规登记诚信经营",
    "严禁超标培训",
    "严格教师聘用",
    "严禁与升学挂钩",
    "控制培训时间",
    "树立科学育儿观念",
    "加强家庭交流互动",
    "增强孩子身心健康",
    "引导孩子健康生活",
    "克服片面评价倾向",
    "加强舆论宣传引导",
    "严格活动竞赛管理",
    "规范培训机构监管",
    "深化考试招生改革",
    "支持做好课后服务",
    "广泛接受社会监督",
    "开展减负督导检查",
    "切实抓好贯彻落实",
)


def _group(number: int) -> str:
    return (
        "school"
        if number <= 12
        else "institution"
        if number <= 17
        else "family"
        if number <= 21
        else "government"
    )


RULES = tuple(RuleLine(number, title, _group(number)) for number, title in enumerate(_RULES, 1))

_SCHOOLS = (
    "云溪县实验小学",
    "城关镇第一小学",
    "城关镇第二小学",
    "东山镇中心小学",
    "柳河乡中心小学",
    "石桥镇中心小学",
    "白塔乡九年一贯制学校",
    "云溪县第一初级中学",
    "云溪县第二初级中学",
    "城关镇初级中学",
    "东山镇初级中学",
    "石桥镇初级中学",
    "青龙乡中心小学",
    "沙坪镇中心小学",
    "云溪县特殊教育学校",
    "云溪县民族中学",
)
_INSTITUTIONS = (
    "星河艺术培训学校",
    "启程体育培训中心",
    "墨韵书法培训中心",
    "博文培训学校",
    "乐知科技培训中心",
    "小荷舞蹈培训学校",
    "启明教育培训中心",
    "蓝天英语培训学校",
)

# unit, rule, fact, prohibition, phrase, red line, days until due, days until closed (None: open)
_PROBLEMS: tuple[tuple[str, int, str, str, str, bool, int, int | None], ...] = (
    ("城关镇第一小学", 4, "五年级2个班书面作业平均71分钟，超过60分钟", "", "", False, 20, 18),
    ("云溪县第一初级中学", 4, "八年级6个班书面作业平均104分钟，超过90分钟", "", "", False, 20, 25),
    ("云溪县第一初级中学", 7, "期中成绩和排名发在2个班级群", "严禁", "严禁公布考试成绩和排名", True, 5, 3),
    ("城关镇第二小学", 5, "三年级1个班要求家长批改数学作业", "不得", "不得要求家长检查批改作业", False, 7, 5),
    ("东山镇中心小学", 10, "课后服务16:40结束，早于当地正常下班时间", "", "", False, 120, None),
    ("东山镇初级中学", 6, "七年级在期中、期末之外组织1次全科月考", "", "", False, 10, 9),
    (
        "石桥镇中心小学",
        2,
        "一年级2个班语文进度比课标安排快3周",
        "不得",
        "不得随意增减课时、赶超进度",
        False,
        30,
        29,
    ),
    ("柳河乡中心小学", 9, "手机统一保管没有登记，抽查4个班均无记录", "", "", False, 15, 12),
    (
        "云溪县第二初级中学",
        3,
        "八年级以“实验班”名义单独编班1个",
        "严禁",
        "严禁以任何名义设重点班",
        True,
        30,
        None,
    ),
    ("城关镇初级中学", 12, "劳动课程每周开课不足1课时，缺实践基地", "", "", False, 100, None),
    ("博文培训学校", 17, "周三培训20:50结束，超过20:30", "不得", "不得晚于20:30结束培训", False, 3, 2),
    ("星河艺术培训学校", 13, "对12名学员一次收取5个月费用，超过3个月", "", "", False, 20, None),
    ("乐知科技培训中心", 15, "2名教学人员的资质未在场所公示", "", "", False, 14, 13),
    ("墨韵书法培训中心", 13, "宣传页写有“包获奖”，夸大培训效果", "严禁", "严禁虚假宣传", False, 5, 4),
    ("青龙乡中心小学", 4, "四年级周末书面作业2小时，没有公示", "", "", False, 15, 30),
    ("沙坪镇中心小学", 11, "午休时间安排补课，覆盖六年级3个班", "", "", False, 10, 8),
    ("云溪县民族中学", 8, "组织学生参加未在白名单内的竞赛1次，报名36人", "", "", False, 25, 20),
    (
        "蓝天英语培训学校",
        14,
        "暑期开设小学英语超前班2个，教材为初中课本",
        "严禁",
        "严禁超标超前培训",
        True,
        15,
        45,
    ),
    (
        "启明教育培训中心",
        16,
        "招生简章把培训结果与升学挂钩",
        "严禁",
        "严禁将培训结果与招生入学挂钩",
        True,
        10,
        9,
    ),
    ("云溪县第一初级中学", 9, "课堂使用电子产品教学的时长没有统计", "", "", False, 30, None),
    ("城关镇第二小学", 4, "二年级1个班布置书面家庭作业", "", "", False, 7, 6),
    ("白塔乡九年一贯制学校", 10, "课后服务收费没有公示，涉及学生118人", "", "", False, 20, None),
)


def problem_lines(problems: Any = _PROBLEMS) -> tuple[ProblemLine, ...]:
    lines = []
    for place, (unit, rule, fact, prohibition, phrase, red, due, closed) in enumerate(problems):
        found = FIRST + timedelta(days=7 + place * 2)
        closed_on = found + timedelta(days=closed) if closed is not None else None
        is_closed = closed_on is not None and closed_on <= UNTIL
        lines.append(
            ProblemLine(
                no=f"2026-{131 + place:04d}",
                unit=unit,
                group=_group(rule),
                rule=rule,
                rule_title=_RULES[rule - 1],
                fact=fact,
                origin="自查" if place % 4 == 0 else "经常性督导",
                rectifying="立行立改" if due <= 7 else "限期整改" if due < 100 else "长期坚持",
                found_on=found,
                due_on=found + timedelta(days=due),
                state="已销号" if is_closed else "整改中",
                closed_on=closed_on if is_closed else None,
                prohibition=prohibition,
                phrase=phrase,
                red_line=red,
                rounds=2 if place == 3 else 1,
            )
        )
    return tuple(lines)


def _marks(name: str, group: str, problems: tuple[ProblemLine, ...], unseen: bool) -> tuple[str, ...]:
    own = {problem.rule for problem in problems if problem.unit == name}
    marks = []
    for rule in RULES:
        if rule.group != group:
            marks.append("out")
        elif rule.number in own:
            marks.append("partial" if rule.number % 3 == 0 else "bad")
        else:
            marks.append("none" if unseen else "ok")
    return tuple(marks)


def supervision_data(units: int = 24, problems: int = len(_PROBLEMS)) -> SupervisionData:
    """The county's figures; further units and problems repeat the named ones under other names."""
    names = [(name, "school") for name in _SCHOOLS] + [(name, "institution") for name in _INSTITUTIONS]
    names += [(f"云溪县第{place}小学", "school") for place in range(3, 3 + max(0, units - len(names)))]
    names = sorted(names[:units], key=lambda pair: pair[1] != "school")
    rows = [_PROBLEMS[place % len(_PROBLEMS)] for place in range(problems)]
    found = tuple(row for row in problem_lines(rows) if row.unit in dict(names))
    lines = []
    for place, (name, group) in enumerate(names):
        unseen = place % 11 == 6
        lines.append(
            UnitLine(
                name=name,
                group=group,
                marks=_marks(name, group, found, unseen),
                visits=()
                if unseen
                else (VisitLine(FIRST + timedelta(days=10 + place), "经常性督导", f"2026-V{place:04d}"),),
                self_check="missing" if unseen else "submitted",
                remark="校舍加固停课" if unseen and group == "school" else "",
                category="" if group == "school" else ("学科类" if place % 3 == 0 else "非学科类"),
                status="" if group == "school" else "正常",
            )
        )
    return SupervisionData(
        county_name="云溪县",
        office_name=OFFICE,
        addressee="云溪县人民政府",
        term_title="2026年秋季学期",
        from_on=FIRST,
        until_on=UNTIL,
        as_of=AS_OF,
        rules=RULES,
        units=tuple(lines),
        problems=found,
        before={"school": Share(160, 190), "institution": Share(28, 40)},
        inspectors=7,
        methods=("单位自查", "经常性督导"),
        copies=("县委教育工作领导小组办公室", "市人民政府教育督导委员会办公室"),
        missing=tuple(
            MissingLine(f"{line.name}自查", "应于10月31日前提交，截至取数时未开始")
            for line in lines
            if line.self_check == "missing"
        ),
        title_lines=(f"{OFFICE}关于", "2026年秋季学期“双减”工作（减负三十条）", "落实情况的督导报告"),
    )


def unit_data(number: int = 1) -> UnitReportData:
    """One school's figures; every number gives another school with its own facts."""
    name = f"云溪县第{number}中心小学"
    rows = [(name, *_PROBLEMS[(number + place) % 16][1:]) for place in range(3)]
    found = problem_lines([row for row in rows if row[1] <= 12])
    return UnitReportData(
        county_name="云溪县",
        office_name=OFFICE,
        unit_name=name,
        unit_code=f"31520{number:05d}",
        unit_kind="小学",
        group="school",
        term_title="2026年秋季学期",
        from_on=FIRST,
        until_on=UNTIL,
        as_of=AS_OF,
        rules=RULES,
        marks=_marks(name, "school", found, unseen=False),
        problems=found,
        visits=(VisitLine(date(2026, 10, 12 + number % 9), "经常性督导", f"2026-V{number:04d}"),),
        figures=tuple(
            FigureLine(
                4,
                f"书面家庭作业（{grade}年级）",
                f"{40 + number % 20 + place}分钟/天",
                "不超过60分钟/天",
                True,
            )
            for place, grade in enumerate("三四五六")
        ),
        self_check="submitted",
        self_check_on=date(2026, 10, 20),
        self_check_no=f"2026-C{number:04d}",
        before=Share(9, 12),
        hotline="0000-6120012",
        title_lines=(f"{OFFICE}关于", f"{name}2026年秋季学期", "“双减”工作的督导报告"),
    )


COUNTY_TEXTS = {
    "absent": "白塔乡九年一贯制学校因校舍加固停课，启程体育培训中心正在搬迁，12月补查。",
    "practice": (
        "作业总量有所下降。云溪县实验小学实行年级组作业会商，五年级平均时间由58分钟降到49分钟。\n"
        "课后服务稳定开展。全县中小学全部开展课后服务，参加学生6842人，占在校学生7315人的93.5%。\n"
        "预收费纳入监管。校外培训机构全部开立专用账户（8/8，100%），监管资金余额86.42万元。"
    ),
    "advice": (
        "建议县人民政府于2026年12月31日前落实课后服务补助。\n"
        "县教育局于2026年12月15日前复核云溪县第二初级中学编班问题，合格后报批销号。\n"
        "星河艺术培训学校于2026年12月10日前退清超收款，并向责任督学书面报告。"
    ),
}
UNIT_TEXTS = {
    "practice": "年级组统筹作业。各年级每天由年级组长汇总各科作业，在班级公示栏公布，查20个上学日记录齐全。",
    "advice": "学校于2026年12月15日前完成第4条整改，由分管副校长负责，向责任督学报送一周作业公示。",
}


def county_report(
    data: SupervisionData | None = None, *, signed: bool = True, **fields: Any
) -> SupervisionReport:
    """The county's report, not saved."""
    data = data or supervision_data()
    report = SupervisionReport(
        no="2026-R0001",
        kind="county",
        title="".join(data.title_lines),
        as_of=AS_OF,
        data=dump(data),
        sections=dict(COUNTY_TEXTS),
        **fields,
    )
    return _signed(report) if signed else report


def unit_report(
    data: UnitReportData | None = None, *, signed: bool = True, **fields: Any
) -> SupervisionReport:
    """One unit's report, not saved."""
    data = data or unit_data()
    report = SupervisionReport(
        no="2026-R0002",
        kind="unit",
        title="".join(data.title_lines),
        as_of=AS_OF,
        data=dump(data),
        sections=dict(UNIT_TEXTS),
        **fields,
    )
    return _signed(report) if signed else report


def _signed(report: SupervisionReport) -> SupervisionReport:
    report.document_year, report.document_number, report.document_no = 2026, 7, "云教督〔2026〕7号"
    report.signed_on = date(2026, 11, 26)
    report.signed_by = User(pk=1, name="陈志远")
    report.check_code = "7K3M-Q0ZX"
    return report
