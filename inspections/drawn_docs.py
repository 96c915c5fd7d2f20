"""docs/machines.md and docs/plan.md, drawn from the tables that the portal itself works by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shuangjian.accounts.machine import MACHINES, Machine, Transition
from shuangjian.accounts.permissions import holders_of
from shuangjian.accounts.roles import Role
from shuangjian.policy.models import Obligation, Rung
from shuangjian.policy.workflows.loading import read_plan

_MADE = "Made by `manage.py draw_docs` from the tables of the code; a test keeps it up to date.\n"


def machines() -> str:
    """Every state machine as a drawing and as a table of its moves."""
    parts = ["# State machines", _MADE]
    for machine in sorted(MACHINES, key=lambda one: one.action_prefix):
        parts += [f"## {machine.model._meta.label}", _drawing(machine), _moves(machine)]
    return "\n".join(parts)


def _drawing(machine: Machine[Any]) -> str:
    """A Mermaid diagram of the moves that change the state; the table below has the others too."""
    lines = [
        f"    {source} --> {move.target}: {move.label}"
        for move in machine.transitions.values()
        for source in _states(machine, move)
        if move.target is not None
    ]
    names = [f"    {value}: {label}" for value, label in _labels(machine).items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *names, *lines, "```", ""])


def _moves(machine: Machine[Any]) -> str:
    labels = _labels(machine)
    rows = ["| 办理 | Key | 从 | 到 | 谁 |", "| --- | --- | --- | --- | --- |"]
    for key, move in machine.transitions.items():
        source = "、".join(labels[state] for state in _states(machine, move))
        target = labels[move.target] if move.target is not None else "不变"
        rows.append(f"| {move.label} | `{key}` | {source} | {target} | {_people(move)} |")
    return "\n".join([*rows, ""])


def _labels(machine: Machine[Any]) -> dict[str, str]:
    return {value: str(label) for value, label in machine.model.State.choices}


def _states(machine: Machine[Any], move: Transition) -> list[str]:
    return [state for state in _labels(machine) if state in move.source]


def _people(move: Transition) -> str:
    """The roles that can have the right at all; which of their people has it, the predicates say."""
    return "、".join(role.label for role in Role if role in holders_of(move.permission)) or "见权限"


# --- The plan's calendar --------------------------------------------------------------------------


def plan() -> str:
    """The plan's steps with what is owed in each, by year of the plan, and the ladder after a missed date."""
    data = read_plan()
    parts = ["# The plan's calendar", _MADE]
    for stage in data["stages"]:
        parts.append(f"## {stage['title']}　{_span(stage)}\n")
        for step in stage["steps"]:
            parts += [f"### {step['title']}　{_span(step)}\n", *_duties(step), ""]
    parts += ["## 逾期以后\n", "| 工作日 | 谁知道 | 方式 |", "| --- | --- | --- |"]
    for rung in data["escalation_default"]:
        audience = Rung.Audience(rung["audience"]).label
        parts.append(f"| 第{rung['after']}个 | {audience} | {rung['how']} |")
    return "\n".join([*parts, ""])


def _duties(step: dict[str, Any]) -> Iterator[str]:
    yield "| 任务 | 谁 | 期限 | 佐证 |"
    yield "| --- | --- | --- | --- |"
    for duty in step["obligations"]:
        who = duty["who"] if isinstance(duty["who"], list) else [duty["who"]]
        names = "、".join(Obligation.Who(one).label for one in who)
        due = duty.get("due")
        when = _day(due) if isinstance(due, dict) else str(due or duty.get("due_rule", "—"))
        yield f"| {duty['what']} | {names} | {when} | {duty.get('proof', '—')} |"


def _span(part: dict[str, Any]) -> str:
    return f"{_day(part['start'])}至{_day(part['end'])}"


def _day(day: dict[str, Any]) -> str:
    """当年8月1日, 次年7月31日: years are counted from the one in which the plan starts."""
    month, number = day["month_day"].split("-")
    return f"{('当年', '次年')[day['year']]}{int(month)}月{int(number)}日"
