"""The county's report as blocks, without a database: one set of rows, whatever counts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from inspections.reports import supervision, tables
from inspections.reports.blocks import Chart, Matrix, Paragraph, Table
from inspections.reports.counting import by_rule, rectification, state_words
from inspections.reports.data import ProblemLine, Share, SupervisionData, dump, restore
from inspections.reports.drawing import draw_chart, draw_matrix
from tests.documents import samples


@pytest.fixture(scope="module")
def data() -> SupervisionData:
    return samples.supervision_data()


def words(data: SupervisionData, sections: Any = None) -> str:
    text = supervision.text_of(data, samples.COUNTY_TEXTS if sections is None else sections)
    return "\n".join(block.text for block in text.blocks if isinstance(block, Paragraph))


def first(data: SupervisionData, kind: type[Any]) -> Any:
    return next(block for block in supervision.text_of(data, {}).blocks if isinstance(block, kind))


def problem(**changed: Any) -> ProblemLine:
    return replace(samples.problem_lines()[0], **changed)


# --- The same rows everywhere ---


def test_chart_sentence_and_matrix_count_the_same_marks(data: SupervisionData) -> None:
    shares = supervision.group_shares(data)
    chart: Chart = first(data, Chart)
    assert [bar.now for bar in chart.bars] == [shares[key].percent for key in shares]
    matrix = tables.matrix(data)
    for group in ("school", "institution"):
        rows = [row for row, unit in zip(matrix.rows, data.units, strict=True) if unit.group == group]
        counted = sum(int(row.share.partition("/")[0]) for row in rows if "/" in row.share)
        assert counted == shares[group].count
        assert f"符合{counted}项次，占{shares[group].percent_text}" in words(data)


def test_every_table_of_problems_adds_up_to_the_list(data: SupervisionData) -> None:
    count = len(data.problems)
    assert f"共发现问题{count}个" in words(data)
    assert first(data, Table).total[2] == str(count)
    assert tables.matrix(data).total == str(count)
    assert sum(int(number) for number in tables.matrix(data).totals) == count
    annexes = {annex.title: annex.blocks[0] for annex in supervision.annexes_of(data)}
    ledger, by_unit = annexes["问题清单"], annexes["问题单位整改情况表"]
    assert isinstance(ledger, Table)
    assert isinstance(by_unit, Table)
    assert [row[1] for row in ledger.rows] == [line.no for line in data.problems]
    for column in range(2, 8):
        assert sum(int(row[column]) for row in by_unit.rows) == int(by_unit.total[column])
    done = rectification(data.problems, data.until_on)
    assert by_unit.total[8] == done.rate.counts
    assert f"凭佐证销号{done.rate.count}个（{done.rate}）" in words(data)


def test_prohibitions_stand_in_their_own_sections_one_by_one(data: SupervisionData) -> None:
    text = words(data)
    strict = text[text.index("“严禁”事项。") : text.index("“不得”事项。")]
    for line in data.problems:
        assert (line.fact in strict) is (line.prohibition == "严禁")


def test_the_heaviest_rule_comes_first(data: SupervisionData) -> None:
    rows = by_rule(data.problems)
    red = [any(line.red_line for line in row.problems) for row in rows]
    assert red == sorted(red, reverse=True)
    plain = [row.count for row in rows if not row.forbidden]
    assert plain == sorted(plain, reverse=True)


def test_nobody_who_was_not_visited_is_averaged_in(data: SupervisionData) -> None:
    text = words(data)
    assert (
        "未实地督导的单位。2家（2/24，8.3%）：白塔乡九年一贯制学校（校舍加固停课）、启程体育培训中心。"
        in text
    )
    more = replace(
        data,
        units=(*data.units, replace(data.units[6], name="新建小学", marks=("none",) * 12 + ("out",) * 18)),
    )
    assert supervision.group_shares(more)["school"] == supervision.group_shares(data)["school"]


# --- Nothing and nought ---


def test_nothing_is_a_dash_and_nought_is_nought() -> None:
    empty = replace(samples.supervision_data(units=2, problems=0), before={}, missing=())
    text = words(empty)
    assert "本学期没有登记问题。" in text
    assert "到期应整改0个，凭佐证销号0个（—）" in text
    assert "没有红线问题。" in text
    chart: Chart = first(empty, Chart)
    assert [bar.before_words for bar in chart.bars] == ["—"] * 4
    assert (chart.bars[2].now, chart.bars[2].now_words) == (None, "—")
    assert tables.ledger((), empty.until_on).lines[0][0][0] == "—"


def test_a_county_without_any_unit_still_has_its_report() -> None:
    nothing = replace(samples.supervision_data(units=0, problems=0), before={}, missing=())
    assert "应督导单位0家，实地督导0家（—）" in words(nothing)
    assert "没有登记在册的校外培训机构" in words(nothing)
    assert len(supervision.annexes_of(nothing)) == 6


def test_optional_texts_leave_no_gap_in_the_numbers(data: SupervisionData) -> None:
    plain = words(data)
    assert "六、意见建议和下一步" in plain
    assert "举报办理" not in plain
    more = words(data, {**samples.COUNTY_TEXTS, "complaints": "受理举报3件。全部按时答复（3/3，100%）。"})
    assert "六、举报办理" in more
    assert "七、意见建议和下一步" in more


def test_what_changed_since_last_term_is_said_in_points(data: SupervisionData) -> None:
    assert "比上学期提高7.0个百分点" in words(data)
    share = supervision.group_shares(data)["school"]
    assert "与上学期持平" in words(replace(data, before={"school": share}))
    assert "比上学期下降" in words(replace(data, before={"school": Share(1, 1)}))


# --- Rectification ---


@pytest.mark.parametrize(
    ("due", "closed", "standing"),
    [
        (0, 0, "closed_in_time"),
        (0, -1, "closed_in_time"),
        (-3, -1, "closed_late"),
        (-1, None, "overdue"),
        (0, None, "running"),  # its day is today: not late yet
        (1, None, "running"),
        (5, -1, "closed_early"),
    ],
)
def test_every_problem_counts_exactly_once(due: int, closed: int | None, standing: str) -> None:
    on = date(2026, 11, 25)
    line = problem(
        due_on=on + timedelta(days=due), closed_on=None if closed is None else on + timedelta(days=closed)
    )
    done = rectification([line], on)
    counts = {name: getattr(done, name) for name in vars(done) if name != "found"}
    assert {name for name, count in counts.items() if count} == {standing}
    assert sum(counts.values()) == done.found == 1


def test_an_overdue_problem_says_so_before_its_state() -> None:
    line = problem(due_on=date(2026, 11, 1), closed_on=None, state="整改中")
    assert state_words(line, date(2026, 11, 25)) == "逾期\n整改中"
    assert state_words(line, date(2026, 11, 1)) == "整改中"


def test_red_lines_that_stand_open_are_named_one_by_one(data: SupervisionData) -> None:
    text = words(data)
    still = [line for line in data.problems if line.red_line and line.closed_on is None]
    assert f"红线问题4个，未销号{len(still)}个：" in text
    for line in still:
        assert f"{line.unit}：{line.fact}。整改期限" in text
    carried = replace(data, carried=(problem(red_line=True, closed_on=None, unit="老中学"),))
    assert "红线问题5个" in words(carried)
    assert "上学期结转的未销号问题1个，本学期销号0个（0/1，0%）" in words(carried)


# --- The drawing ---


def test_bars_are_as_long_as_their_share_and_stay_in_their_frame(data: SupervisionData) -> None:
    drawn = draw_chart(first(data, Chart))
    assert len(drawn.drawn) == 4  # two groups without figures have no bar
    for bar in drawn.drawn:
        assert 0 < bar.width <= 600
        assert bar.y + 26 <= drawn.height
    assert drawn.drawn[0].width == round(6 * supervision.group_shares(data)["school"].percent)
    assert drawn.drawn[1].hatch


def test_the_matrix_covers_thirty_columns_in_every_row(data: SupervisionData) -> None:
    matrix: Matrix = tables.matrix(data)
    assert sum(span for _, span in matrix.groups) == 30
    for row in matrix.rows:
        assert sum(span for _, span in row.cells) == 30
    drawn = draw_matrix(matrix)
    assert drawn.starts == {1, 13, 18, 22}
    grey = drawn.rows[0].cells[-1]
    assert (grey.mark, grey.css) == ("", "g out")


# --- Kept as JSON ---


def test_the_figures_survive_their_way_through_json(data: SupervisionData) -> None:
    import json

    assert restore(SupervisionData, json.loads(json.dumps(dump(data)))) == data


def test_a_report_of_an_older_version_still_opens(data: SupervisionData) -> None:
    older = dump(data)
    del older["carried"]
    older["something_dropped"] = 1
    assert restore(SupervisionData, older) == data


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(16, 18), "16/18，88.9%"),
        (Share(0, 4), "0/4，0%"),
        (Share(4, 4), "4/4，100%"),
        (Share(0, 0), "—"),
        (Share(1999, 2000), "1999/2000，99.9%"),
        (Share(1, 5000), "1/5000，0.1%"),
    ],
)
def test_a_share_never_rounds_to_all_or_none(share: Share, text: str) -> None:
    assert str(share) == text
