"""The numbers of the county's report, part by part, each with its rows (see figures.py)."""

from __future__ import annotations

from inspections.reports import selections
from inspections.reports.counting import by_rule, by_unit, marks_of_group, share_of_marks
from inspections.reports.data import GROUP_TITLES, SupervisionData, UnitLine
from inspections.reports.figures import (
    Figures,
    Maker,
    Number,
    Part,
    known_marks,
    of_carried,
    of_parents,
    of_problems,
    of_visits,
    units_number,
)
from shuangjian.dates import cn_date


def county_figures(data: SupervisionData) -> Figures:
    """All of them: eight parts by the headings of the text, then by rule and by unit as in the annexes."""
    make = Maker(data.until_on)
    return Figures(
        (
            Part("situation", "总体情况", tuple(_situation(data))),
            Part("problems", "存在问题", tuple(_problems(make, data))),
            Part("rectification", "整改情况", tuple(_rectification(make, data))),
            Part("institutions", "校外培训专项情况", tuple(_institutions(make, data))),
            Part("parents", "家长和社会评价", (of_parents(data.voices),)),
            Part("voice", "举报办理", tuple(_voice(make, data))),
            Part("accountability", "问责情况", tuple(_accountability(data))),
            Part("earlier", "上学期", tuple(_earlier(data))),
            Part("rules", "按条目分", tuple(_by_rule(make, data))),
            Part("units", "按单位分", tuple(_by_unit(make, data))),
        )
    )


def _situation(data: SupervisionData) -> list[Number]:
    supervised = selections.supervised(data)
    due = selections.self_check_due(data)
    numbers = [
        units_number("supervised", "应督导单位", "学期内存续的学校和校外培训机构", supervised),
        units_number(
            "visited", "实地督导单位", "有一次以上已确认的督导", selections.visited(data), of="supervised"
        ),
        units_number(
            "not_visited",
            "未实地督导单位",
            "没有已确认的督导",
            [unit for unit in supervised if not unit.visits],
            of="supervised",
        ),
        units_number("self_check_due", "应提交自查单位", "本学期有自查任务的单位", due),
        units_number(
            "self_checked",
            "已提交自查单位",
            "自查已提交、没有被退回",
            [unit for unit in due if unit.self_check == "submitted"],
            of="self_check_due",
        ),
        units_number(
            "self_check_missing",
            "没有提交自查单位",
            "有自查任务，取数时没有提交",
            [unit for unit in due if unit.self_check == "missing"],
            of="self_check_due",
        ),
        units_number(
            "fully_met",
            "全部查清并符合的单位",
            "涉及的条目全部查清，结论都是符合",
            selections.whole_units(data),
            of="supervised",
        ),
        of_visits(supervised),
    ]
    if data.people is not None:
        how = "已确认的督导中，参加过的督导人员"
        rows = tuple((name,) for name in data.people)
        numbers.append(Number("people", "督导人员", how, ("姓名",), rows, "人"))
    for group, title in GROUP_TITLES.items():
        cells = [
            (unit.name, rule, mark) for unit, rule, mark in marks_of_group(data.units, data.rules, group)
        ]
        numbers += known_marks(f"{group}-", title, cells)
    return numbers


def _problems(make: Maker, data: SupervisionData) -> list[Number]:
    first, *others = of_problems(make, data.problems)
    units = make.units_of("problem_units", "有问题的单位", "本学期登记了问题的单位", data.problems)
    return [first, units, *others]


def _rectification(make: Maker, data: SupervisionData) -> list[Number]:
    red = selections.red_lines(data)
    looks = tuple(
        (visit.no or "—", unit.name, cn_date(visit.on), visit.kind)
        for unit, visit in selections.look_backs(data)
    )
    rechecks = [(row.problem, row.unit, row.kind, row.result, cn_date(row.done_on)) for row in data.rechecks]
    head = ("编号", "单位", "方式", "结果", "日期")
    how = "销号后的回头看和材料抽查，取数时有结果的"
    return [
        *make.rectification("", data.problems),
        *make.apart(data.problems, data.withdrawn_nos),
        Number(
            "look_backs", "回头看", "类别为回头看的已确认督导", ("编号", "单位", "日期", "类别"), looks, "次"
        ),
        Number("rechecks", "销号后核查", how, head, tuple(rechecks), problem_column=0),
        *(
            Number(
                f"recheck-{place}",
                f"销号后核查：{result}",
                f"其中结果为{result}的",
                head,
                tuple(row for row in rechecks if row[3] == result),
                of="rechecks",
                problem_column=0,
            )
            for place, (result, _) in enumerate(selections.counted_by(row[3] for row in rechecks), 1)
        ),
        *of_carried(make, data.carried),
        make.problems("red_all", "红线（含结转）", "本学期和结转的问题中，列为红线的", red),
        make.problems(
            "red_closed",
            "已销号红线",
            "其中已经销号的",
            [line for line in red if line.closed_on is not None],
            of="red_all",
        ),
        make.problems(
            "red_open",
            "未销号红线",
            "其中取数时没有销号的",
            [line for line in red if line.closed_on is None],
            of="red_all",
        ),
    ]


def _institutions(make: Maker, data: SupervisionData) -> list[Number]:
    units = [unit for unit in data.units if unit.group == "institution"]
    names = {unit.name for unit in units}
    problems = [problem for problem in data.problems if problem.unit in names]
    numbers = [_institution("institutions", "登记在册的机构", "学期内存续的校外培训机构", units)]
    for prefix, title, labels in (
        ("category", "类别", [unit.category or "未登记" for unit in units]),
        ("status", "办学状态", [unit.status or "未登记" for unit in units]),
    ):
        numbers += [
            _institution(
                f"{prefix}-{place}",
                f"{title}：{label}",
                f"{title}为{label}的机构",
                [unit for unit, own in zip(units, labels, strict=True) if own == label],
                of="institutions",
            )
            for place, (label, _) in enumerate(selections.counted_by(labels), 1)
        ]
    numbers += [
        _institution(
            "institutions_visited",
            "实地督导的机构",
            "有一次以上已确认的督导",
            [unit for unit in units if unit.visits],
            of="institutions",
        ),
        make.problems("institution_problems", "机构的问题", "机构本学期登记的问题", problems),
        make.units_of("institution_units", "有问题的机构", "本学期登记了问题的机构", problems),
        *make.rectification("institution-", problems)[:2],
    ]
    return numbers + _leads(data)


def _institution(key: str, label: str, how: str, units: list[UnitLine], of: str = "") -> Number:
    return units_number(
        key, label, how, units, of, head=("类别", "办学状态"), more=lambda unit: (unit.category, unit.status)
    )


_LEAD_HEAD = ("编号", "类别", "来源", "状态", "发现日期", "乡镇")


def _leads(data: SupervisionData) -> list[Number]:
    if data.leads is None:
        return []
    rows = [
        (row.no, row.kind, row.source, row.state, cn_date(row.found_on), row.township) for row in data.leads
    ]
    numbers = [Number("leads", "线索点", "本学期发现并登记的线索点", _LEAD_HEAD, tuple(rows))]
    for prefix, title, column in (("lead-kind", "线索点类别", 1), ("lead-state", "线索点状态", 3)):
        numbers += [
            Number(
                f"{prefix}-{place}",
                f"{title}：{label}",
                f"其中{title[3:]}为{label}的",
                _LEAD_HEAD,
                tuple(row for row in rows if row[column] == label),
                of="leads",
            )
            for place, (label, _) in enumerate(selections.counted_by(row[column] for row in rows), 1)
        ]
    return numbers


def _voice(make: Maker, data: SupervisionData) -> list[Number]:
    problems = selections.complaints(data)
    leads = tuple(
        (row.no, row.kind, row.source, row.state, cn_date(row.found_on), row.township)
        for row in selections.reported_leads(data)
    )
    return [
        make.problems("complaints", "举报核查的问题", "来源为举报的问题", problems),
        make.problems(
            "complaints_closed",
            "其中已销号",
            "来源为举报的问题中，取数时已经销号的",
            [line for line in problems if line.closed_on is not None],
            of="complaints",
        ),
        Number("leads_reported", "群众反映的线索点", "来源为群众反映的线索点", _LEAD_HEAD, leads),
    ]


def _accountability(data: SupervisionData) -> list[Number]:
    rows = [
        (row.no, row.unit, row.kind, row.state, cn_date(row.opened_on), row.document_no or "—")
        for row in data.sanctions
    ]
    head = ("编号", "单位", "方式", "状态", "批示日期", "发文字号")
    units = tuple((name, str(count)) for name, count in selections.counted_by(row[1] for row in rows))
    return [
        Number(
            "sanctions", "问责", "本学期批示的约谈、通报、建议问责，不含已撤销的", head, tuple(rows), "次"
        ),
        *(
            Number(
                f"sanction-{place}",
                kind,
                f"其中方式为{kind}的",
                head,
                tuple(row for row in rows if row[2] == kind),
                "次",
                of="sanctions",
            )
            for place, (kind, _) in enumerate(selections.counted_by(row[2] for row in rows), 1)
        ),
        Number("sanction_units", "涉及单位", "被约谈、通报、建议问责的单位", ("单位", "次数"), units, "家"),
    ]


def _earlier(data: SupervisionData) -> list[Number]:
    """The other column of the comparison."""
    if data.earlier is None:
        return []
    term, units = data.earlier.term_title, data.earlier.units
    make = Maker(data.earlier.until_on)
    supervised = selections.supervised(data.earlier)
    due = selections.self_check_due(data.earlier)
    problems = data.earlier.problems
    rectified = {number.key: number for number in make.rectification("earlier-", problems)}
    numbers = [
        units_number("earlier-supervised", f"{term}应督导单位", "那个学期应督导的单位", supervised),
        units_number(
            "earlier-visited",
            f"{term}实地督导单位",
            "其中实地督导的",
            selections.visited(data.earlier),
            of="earlier-supervised",
        ),
        units_number("earlier-self_check_due", f"{term}应提交自查单位", "那个学期有自查任务的单位", due),
        units_number(
            "earlier-self_checked",
            f"{term}已提交自查单位",
            "其中已提交的",
            [unit for unit in due if unit.self_check == "submitted"],
            of="earlier-self_check_due",
        ),
        units_number(
            "earlier-fully_met",
            f"{term}全部查清并符合的单位",
            "涉及的条目全部查清，结论都是符合",
            selections.whole_units(data.earlier),
            of="earlier-supervised",
        ),
        make.problems("earlier-problems", f"{term}问题", "那个学期登记的问题", problems),
        make.problems(
            "earlier-forbidden",
            f"{term}“严禁”和“不得”事项",
            "其中触碰“严禁”和“不得”的",
            [line for line in problems if line.prohibition],
            of="earlier-problems",
        ),
        make.problems(
            "earlier-red",
            f"{term}红线",
            "其中列为红线的",
            [line for line in problems if line.red_line],
            of="earlier-problems",
        ),
        *(rectified[f"earlier-{key}"] for key in ("due", "closed_of_due", "overdue")),
    ]
    for group, title in GROUP_TITLES.items():
        cells = [
            (unit.name, rule, mark) for unit, rule, mark in marks_of_group(units, data.earlier.rules, group)
        ]
        numbers += known_marks(f"earlier-{group}-", f"{term}{title}", cells)
    return numbers


def _by_rule(make: Maker, data: SupervisionData) -> list[Number]:
    """Table of rules: four numbers a row, heaviest rule first."""
    numbers = []
    for row in by_rule(data.problems):
        key, title = f"rule-{row.number}", f"第{row.number}条 {row.title}"
        forbidden = [line for line in row.problems if line.prohibition]
        closed = [line for line in row.problems if line.closed_on is not None]
        numbers += [
            make.problems(key, f"{title}：问题", "登记在这一条下的问题", row.problems, of="problems"),
            make.units_of(f"{key}-units", f"{title}：涉及单位", "在这一条下登记了问题的单位", row.problems),
            make.problems(f"{key}-forbidden", f"{title}：禁止事项", "其中严禁和不得", forbidden, of=key),
            make.problems(f"{key}-closed", f"{title}：已销号", "其中已销号的", closed, of=key),
        ]
    return numbers


def _by_unit(make: Maker, data: SupervisionData) -> list[Number]:
    """Annexes 1 and 3: each unit's known marks, those met, its problems and how far they are put right."""
    problems = dict(by_unit(data.problems, [unit.name for unit in data.units]))
    numbers = []
    for place, unit in enumerate(data.units, 1):
        key = f"unit-{place}"
        cells = [(unit.name, rule, mark) for rule, mark in zip(data.rules, unit.marks, strict=True)]
        if share_of_marks(unit.marks).of:
            numbers += known_marks(f"{key}-", f"{unit.name}：", cells)
        own = problems.get(unit.name, [])
        if own:
            numbers.append(
                make.problems(key, f"{unit.name}：问题", "该单位本学期登记的问题", own, of="problems")
            )
            numbers += [
                number
                for number in make.rectification(f"{key}-", own, of_unit=unit.name)
                if number.count or number.key.endswith(("-due", "-closed_of_due"))
            ]
    return numbers
