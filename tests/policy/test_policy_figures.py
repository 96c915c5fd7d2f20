"""The figures people rely on, one by one; where the reviewed source lies beside the project, all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shuangjian.policy.models import CheckItem, Limit, Phase, Prohibition, Rule, Rulebook, Source

pytestmark = pytest.mark.usefixtures("standing_policy")

REVIEWED = Path(__file__).resolve().parents[3] / "shared" / "policy"

# item, indicator, whom, op, value, source, in force, verified
FIGURES = [
    ("R02-1", "周总课时", "小学一至二年级", "<=", "26", "KC22", True, False),
    ("R04-1", "书面家庭作业", "小学一至二年级", "=", "0", "M18", True, True),
    ("R04-2", "书面家庭作业", "小学三至六年级", "<=", "60", "M18", True, True),
    ("R04-3", "书面家庭作业", "初中", "<=", "90", "M18", True, True),
    ("R06-1", "纸笔考试", "小学一至二年级", "=", "0", "KS21", True, True),
    ("R06-1", "统一考试", "小学一至二年级", "<=", "1", "M18", False, True),
    ("R06-2", "学校组织的考试", "小学三至六年级", "<=", "1", "KS21", True, True),
    ("R06-3", "模拟考试", "初中毕业年级", "<=", "2", "KS21", True, True),
    ("R09-2", "电子产品教学时长占比", "全部学段", "<=", "30", "JS18", True, False),
    ("R10-1", "课后服务时长", "义务教育", ">=", "2", "KHF21", True, False),
    ("R12-4", "上午上课时间", "小学", ">=", "08:20", "SM21", True, True),
    ("R12-4", "上午上课时间", "初中、高中", ">=", "08:00", "SM21", True, True),
    ("R13-2", "一次收费时间跨度", "按周期收费", "<=", "3", "YS21", True, True),
    ("R13-2", "一次收费课时", "按课时收费（每科）", "<=", "60", "YS21", True, True),
    ("R13-2", "一次收费金额", "非学科类", "<=", "5000", "FX22", True, True),
    ("R15-4", "教学教研人员占比", "校外培训机构", ">=", "50", "RY21", True, False),
    ("R17-1", "线下结束时间", "线下", "<=", "20:30", "M18", True, True),
    ("R17-2", "线上结束时间", "线上", "<=", "21:00", "SJ21", True, True),
    ("R17-2", "线上课间", "线上", ">=", "10", "SJ21", True, True),
    ("R20-1", "睡眠时间", "小学", ">=", "10", "SM21", True, True),
    ("R20-2", "就寝时间", "高中", "<=", "23:00", "SM21", True, True),
    ("R29-1", "经常性督导", "全部学校", ">=", "2", "DD12", True, True),
]


@pytest.mark.parametrize("row", FIGURES, ids=[f"{row[0]} {row[1]} {row[2]}" for row in FIGURES])
def test_a_figure_stands_with_its_document(book: Rulebook, row: tuple[Any, ...]) -> None:
    item, name, whom, op, value, source, in_force, verified = row
    limit = Limit.objects.get(indicator__item__code=item, indicator__name=name, stage_label=whom)
    assert (limit.op, limit.value, limit.source.code) == (op, value, source)
    assert (limit.in_force, limit.verified) == (in_force, verified)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("M18", "教基〔2018〕26号"),
        ("SM21", "教基厅函〔2021〕11号"),
        ("SJ21", "中办发〔2021〕40号"),
        ("CF23", "教育部令第53号"),
        ("DD12", "国务院令第624号"),
    ],
)
def test_a_document_stands_with_its_number(book: Rulebook, code: str, number: str) -> None:
    assert Source.objects.get(rulebook=book, code=code).number == number


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("R04-2", "不超过60分钟/天"),
        ("R10-1", "不少于5天/周"),
        ("R17-1", "不晚于20:30"),
        ("R12-4", "不早于08:20"),
        ("R04-1", "应为0分钟/天"),
    ],
)
def test_a_limit_says_itself_in_words(book: Rulebook, item: str, words: str) -> None:
    assert Limit.objects.filter(indicator__item__code=item).first().words == words


# --- Against the reviewed source ------------------------------------------------------------------
def reviewed(name: str) -> dict[str, Any]:
    path = REVIEWED / name
    if not path.exists():
        pytest.skip("the reviewed source does not lie beside the project")
    return yaml.safe_load(path.read_text("utf-8"))


def test_every_rule_and_item_is_the_reviewed_one(book: Rulebook) -> None:
    rules = reviewed("rules.yaml")["rules"]
    rows = {rule.code: rule for rule in Rule.objects.all()}
    items = {item.code: item for item in CheckItem.objects.all()}
    for entry in rules:
        rule = rows.pop(entry["code"])
        assert (rule.title, rule.group) == (entry["title"], entry["group"])
        assert (rule.requirement, rule.source_text) == (entry["requirement"], entry["source"])
        assert (rule.verified, rule.verified_note) == (entry["verified"], entry.get("verified_note", ""))
        assert rule.also == entry.get("also", [])
        for one in entry["check_items"]:
            item = items.pop(one["code"])
            assert (item.text, item.evidence, item.answered_by) == (
                one["text"],
                one["evidence"],
                one["answered_by"],
            )
            codes = {*one.get("prohibitions", []), *one.get("local", [])}
            assert set(item.prohibitions.values_list("code", flat=True)) == codes
            limits = (
                Limit.objects.filter(indicator__item=item)
                .select_related("indicator", "source")
                .order_by("pk")
            )
            found = [
                (row.indicator.name, row.indicator.unit, row.op, row.value, row.stage_label, row.source.code,
                 row.in_force, row.verified)
                for row in limits
            ]  # fmt: skip
            assert found == [
                (row["name"], row["unit"], row["op"], str(row["limit"]), row["stage"], row["src"],
                 row["in_force"], row["verified"])
                for row in one.get("measure", [])
            ]  # fmt: skip
    assert not rows
    assert not items


def test_every_source_is_the_reviewed_one(book: Rulebook) -> None:
    for code, entry in reviewed("rules.yaml")["sources"].items():
        source = Source.objects.get(rulebook=book, code=code)
        assert (source.title, source.number) == (entry["title"], entry["number"])
        assert (source.dated, source.note) == (str(entry["date"]), entry.get("note", ""))
        assert (source.verified, source.confidence) == (entry["verified"], entry.get("confidence", ""))


def test_every_prohibition_is_the_reviewed_one(book: Rulebook) -> None:
    data = reviewed("prohibitions.yaml")
    rows = {row.code: row for row in Prohibition.objects.all()}
    for entry in [*data["prohibitions"], *data["local"]]:
        row = rows.pop(entry["code"])
        assert (row.kind, row.rule_code, row.phrase) == (entry["kind"], entry["rule"], entry["phrase"])
        assert (row.severity, row.applies_to) == (entry["severity"], entry["applies_to"])
        assert (row.verified, row.basis_verified) == (entry["verified"], entry.get("basis_verified", False))
        for ours, theirs in (("read_in", "read_in"), ("basis", "basis"), ("consequence", "consequence"),
                             ("note", "note"), ("same_as", "same_as"), ("limit_value", "limit")):  # fmt: skip
            assert getattr(row, ours) == entry.get(theirs, "")
    assert not rows


def test_every_step_and_duty_is_the_reviewed_one(book: Rulebook) -> None:
    phases = {phase.code: phase for phase in Phase.objects.prefetch_related("obligations")}
    for stage in reviewed("phases.yaml")["stages"]:
        for step in stage["steps"]:
            phase = phases.pop(step["code"])
            assert (phase.title, phase.done_when, phase.when_missed) == (
                step["title"], step["done_when"], step["when_missed"],
            )  # fmt: skip
            assert (phase.starts_on.month, phase.starts_on.day) == tuple(
                int(part) for part in step["start"]["month_day"].split("-")
            )
            duties = {duty.code: duty for duty in phase.obligations.all()}
            for one in step["obligations"]:
                duty = duties.pop(one["code"])
                who = one["who"] if isinstance(one["who"], list) else [one["who"]]
                assert (duty.who, duty.what, duty.proof) == (who, one["what"], one["proof"])
                assert duty.source_is_plan == (one.get("source") == "plan")
            assert not duties
    assert not phases
