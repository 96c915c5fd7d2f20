"""Every number of a report and the rows behind it: what the texts and tables say is what can be opened."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inspections.reports import selections, supervision, tables, unit
from inspections.reports.blocks import Paragraph, Table
from inspections.reports.counting import by_rule, rectification
from inspections.reports.county_figures import county_figures
from inspections.reports.data import (
    EarlierTerm,
    LeadLine,
    RecheckLine,
    SanctionLine,
    SupervisionData,
    VisitLine,
)
from inspections.reports.figures import Figures, unit_figures
from tests.documents import samples


def full_county() -> SupervisionData:
    """The sample county with everything that a report can tell of."""
    data = samples.supervision_data()
    first, second, *rest = data.problems
    problems = (replace(first, origin="举报"), replace(second, extended=1, rounds=2), *rest)
    carried = (replace(first, no="2026-0001", red_line=True), replace(rest[0], no="2026-0002"))
    looked_at = replace(data.units[0], visits=(*data.units[0].visits, VisitLine(date(2026, 11, 2), "回头看")))
    return replace(
        data,
        units=(looked_at, *data.units[1:]),
        problems=problems,
        carried=carried,
        withdrawn=1,
        withdrawn_nos=("2026-0300",),
        people=("周明", "吴芳"),
        inspectors=2,
        earlier=EarlierTerm(
            term_title="2026年春季学期",
            until_on=date(2026, 7, 10),
            rules=data.rules,
            units=data.units[2:],
            problems=data.problems[4:],
            document_no="云教督〔2026〕3号",
        ),
        rechecks=(
            RecheckLine("2026-0101", "城关小学", "回头看", "巩固", date(2026, 11, 2)),
            RecheckLine("2026-0102", "第二中学", "材料抽查", "反弹", date(2026, 11, 3)),
        ),
        sanctions=(SanctionLine("2026-S0001", "城关小学", "约谈", "已办理", date(2026, 10, 9)),),
        leads=(
            LeadLine("2026-L0001", "个人家教", "群众反映", "已移交", date(2026, 10, 9), "城关镇"),
            LeadLine("2026-L0002", "托管机构", "巡查", "已核实", date(2026, 10, 10), "石桥镇"),
        ),
    )


@pytest.fixture(scope="module")
def data() -> SupervisionData:
    return full_county()


@pytest.fixture(scope="module")
def figures(data: SupervisionData) -> Figures:
    return county_figures(data)


def words(blocks: Any) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


def count(figures: Figures, key: str) -> int:
    number = figures.find(key)
    assert number is not None, key
    assert number.count == len(number.rows)
    assert all(len(row) == len(number.head) for row in number.rows), key
    return number.count


def test_every_key_is_one_number_and_every_share_has_its_whole(figures: Figures) -> None:
    numbers = [number for part in figures.parts for number in part.numbers]
    keys = [number.key for number in numbers]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[-\w]+", key, re.ASCII) for key in keys)
    for number in numbers:
        count(figures, number.key)
        assert number.how and number.label
        if number.of:
            share = figures.share(number)
            assert share is not None and share.count <= share.of, number.key
            whole = figures.find(number.of)
            assert whole is not None and set(number.rows) <= set(whole.rows), number.key


def test_the_sentences_say_what_the_lists_hold(data: SupervisionData, figures: Figures) -> None:
    text = words(supervision.text_of(data, samples.COUNTY_TEXTS).blocks)
    of = {part: {n.key: n.count for n in one.numbers} for one in figures.parts for part in [one.key]}
    situation, problems, done = of["situation"], of["problems"], of["rectification"]
    for sentence in (
        f"应督导单位{situation['supervised']}家，实地督导{situation['visited']}家",
        f"派出督导人员{situation['people']}人",
        f"应提交自查的单位{situation['self_check_due']}家，已提交{situation['self_checked']}家",
        f"没有提交的{situation['self_check_missing']}家",
        f"全部查清并符合的单位{situation['fully_met']}家",
        f"未实地督导的单位。{situation['not_visited']}家",
        f"学校办学行为查清{situation['school-known']}项次，符合{situation['school-ok']}项次",
        f"共发现问题{problems['problems']}个，涉及单位{problems['problem_units']}家",
        f"“严禁”事项{problems['strict']}个、“不得”事项{problems['must_not']}个、其他{problems['ordinary']}个",
        f"属于红线的{problems['red']}个",
        f"到期应整改{done['due']}个，凭佐证销号{done['closed_of_due']}个",
        f"其中按期{done['closed_in_time']}个、逾期后{done['closed_late']}个；逾期未销号{done['overdue']}个",
        f"未到期{done['not_due']}个，其中提前销号{done['closed_early']}个",
        f"经批准延期{done['extended']}个",
        f"反弹{done['relapsed']}个",
        f"撤销{done['withdrawn']}个",
        f"回头看{done['look_backs']}次",
        f"销号后核查{done['rechecks']}个",
        f"未销号问题{done['carried']}个，本学期销号{done['carried_closed']}个",
        f"红线问题{done['red_all']}个，未销号{done['red_open']}个",
        f"登记在册的校外培训机构{of['institutions']['institutions']}家",
        f"发现问题{of['institutions']['institution_problems']}个，涉及{of['institutions']['institution_units']}家",
        f"线索点{of['institutions']['leads']}个",
        f"经举报核查登记问题{of['voice']['complaints']}个，已销号{of['voice']['complaints_closed']}个",
        f"群众反映的线索点{of['voice']['leads_reported']}个",
        f"约谈{of['accountability']['sanctions']}次，涉及单位{of['accountability']['sanction_units']}家",
    ):
        assert sentence in text, sentence


def test_the_tables_say_what_the_lists_hold(data: SupervisionData, figures: Figures) -> None:
    for row in by_rule(data.problems):
        key = f"rule-{row.number}"
        numbers = [count(figures, key + end) for end in ("", "-units", "-forbidden", "-closed")]
        assert numbers == [row.count, row.units, row.forbidden, row.closed]
    table = tables.rectification_by_unit(data.problems, [line.name for line in data.units], data.until_on)
    places = {line.name: place for place, line in enumerate(data.units, 1)}
    for row in table.rows:
        key = f"unit-{places[row[1]]}"
        assert count(figures, key) == int(row[2])
        assert count(figures, f"{key}-due") == int(row[3])
        for column, kind in ((4, "closed_in_time"), (5, "closed_late"), (6, "overdue")):
            number = figures.find(f"{key}-{kind}")
            assert (number.count if number is not None else 0) == int(row[column])
    for place, row in enumerate(tables.matrix(data).rows, 1):
        if "/" in row.share:
            ok, known = row.share.split("/")
            assert (count(figures, f"unit-{place}-ok"), count(figures, f"unit-{place}-known")) == (
                int(ok),
                int(known),
            )


def test_both_terms_of_the_comparison_can_be_opened(data: SupervisionData, figures: Figures) -> None:
    assert data.earlier is not None
    for rows, prefix in ((data.earlier, "earlier-"), (data, "")):
        told = dict(selections.main_figures(rows))
        assert told["应督导单位（家）"] == str(count(figures, f"{prefix}supervised"))
        assert told["发现问题（个）"] == str(count(figures, f"{prefix}problems"))
        assert told["逾期未销号（个）"] == str(count(figures, f"{prefix}overdue"))
        for label, key in (
            ("实地督导单位", "visited"),
            ("提交自查单位", "self_checked"),
            ("全部查清并符合的单位", "fully_met"),
            ("到期整改销号", "closed_of_due"),
        ):
            number = figures.find(prefix + key)
            assert number is not None
            assert told[label] == str(figures.share(number)), label
    text = supervision.text_of(data, {})
    table = next(block for block in text.blocks if isinstance(block, Table))
    assert (table.title, table.columns[1].head) == ("表1　与上学期比较", "2026年春季学期")
    assert "上学期数字取自云教督〔2026〕3号" in words(text.blocks)


def test_the_report_has_every_part_and_annex_of_its_list(data: SupervisionData) -> None:
    """documents.md §3: nine parts, six annexes; what was not counted or written is not there."""
    text = words(supervision.text_of(data, samples.COUNTY_TEXTS).blocks)
    titles = re.findall(r"^[一二三四五六七八九]、(.+)$", text, re.MULTILINE)
    assert titles == [
        "总体情况",
        "主要做法和成效",
        "存在问题",
        "整改情况",
        "校外培训专项情况",
        "举报办理",
        "问责情况",
        "意见建议和下一步",
    ]
    assert [annex.title for annex in supervision.annexes_of(data)] == [
        "被督导单位减负三十条落实情况表",
        "问题清单",
        "问题单位整改情况表",
        "实地督导单位和日期",
        "数据缺口和原因",
        "指标和计算口径",
    ]


def test_an_older_report_without_the_new_rows_claims_none_of_them() -> None:
    figures = county_figures(samples.supervision_data())
    assert figures.find("people") is None
    assert figures.find("withdrawn") is None
    assert figures.find("leads") is None
    assert figures.find("earlier-problems") is None


def test_a_unit_s_numbers_open_too() -> None:
    data = samples.unit_data()
    figures = unit_figures(data)
    text = words(unit.text_of(data, samples.UNIT_TEXTS).blocks)
    done = rectification(data.problems, data.until_on)
    assert f"条目{count(figures, 'concerned')}条，查清{count(figures, 'known')}条" in text
    assert f"符合{count(figures, 'ok')}条" in text
    assert f"部分符合{count(figures, 'partial')}条，不符合{count(figures, 'bad')}条" in text
    assert f"没有查清{count(figures, 'none')}条" in text
    assert f"共{count(figures, 'stated')}项，有限值的{count(figures, 'judged')}项" in text
    assert f"共发现问题{count(figures, 'problems')}个" in text
    assert (count(figures, "due"), count(figures, "overdue")) == (done.due, done.overdue)
    assert count(figures, "visits") == len(data.visits)


def test_the_same_figures_give_the_same_numbers(data: SupervisionData, figures: Figures) -> None:
    assert county_figures(data) == figures
