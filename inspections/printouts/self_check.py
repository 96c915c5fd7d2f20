"""自查表 on A4: a check as it stands, to be signed and sealed, or the blank form of a unit, for no network.

A unit is asked what concerns it alone (P16). P1: every flow has a paper twin; P3: the sealed paper's scan is
the one confirmation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from inspections.check_sheet import WITH_UNIT, CheckSheet, ItemLine, blank, load
from inspections.models import Answer, SelfCheck
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.data import restore
from inspections.workflows.self_check import head_on_the_day
from shuangjian import clock
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import ANSWER_READERS
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused
from shuangjian.policy.scope import facts_of
from shuangjian.policy.selectors import current_rulebook


@dataclass(frozen=True)
class Item:
    """One item: its boxes (words, ticked), and what was said, or is to be filled in, line by line."""

    code: str
    text: str
    values: tuple[str, ...]
    chosen: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleBlock:
    number: int
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class CheckData:
    """A self-check on paper; ``no`` is empty for a blank form that belongs to no round."""

    title: str
    unit: str
    code: str
    no: str
    due_on: date | None
    head: str
    head_post: str
    keyed_in_by: str
    rules: tuple[RuleBlock, ...]
    as_of: datetime


class PrintedCheck(Printable):
    key = "check"
    roles = ANSWER_READERS
    template = "self_check"
    asks = ("check", "unit")

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        if "check" in parameters:
            check = _check(user, parameters["check"])
            told = (
                ("自查", f"{check.round.title}（{check.no}）"),
                ("用途", "签字盖章后扫描上传，或没有网络时填写"),
            )
            return Subject(
                f"{check.organisation.name}{check.round.title}表",
                check.organisation,
                reverse("check", args=[check.no]),
                told,
            )
        unit = _unit(user, parameters.get("unit", ""))
        told = (("内容", "本单位要答的检查项，空白"), ("用途", "没有网络时填写，再录入平台"))
        return Subject(f"{unit.name}空白自查表", unit, reverse("unit", args=[unit.code]), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> CheckData:
        if "check" in parameters:
            check = _check(user, parameters["check"])
            return check_data(check)
        unit = _unit(user, parameters.get("unit", ""))
        rulebook = current_rulebook()
        if rulebook is None:
            raise Refused("还没有导入减负三十条，请先完成初始设置")
        return _data(blank(rulebook, facts_of(unit)), unit, title="减负三十条自查表")

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(CheckData, data)
        return {
            "sheet": taken,
            "as_of": moment(data["as_of"]),
            "due": cn_date(taken.due_on) if taken.due_on else "—",
        }


def check_data(check: SelfCheck) -> CheckData:
    """The paper of one check as it stands."""
    keyed_in_by = check.keyed_in_by.name if check.keyed_in_by else ""
    return _data(
        load(check),
        check.organisation,
        title=f"{check.round.title}表",
        no=check.no,
        due_on=check.due_on,
        keyed_in_by=keyed_in_by,
    )


def _check(user: User, no: str) -> SelfCheck:
    """One's own to fill in, or one that was submitted."""
    checks = SelfCheck.objects.select_related(*WITH_UNIT, "keyed_in_by")
    check: SelfCheck = get_visible(checks, user, no=no)
    if not user.has_perm("inspections.fill_check", check) and not check.submission_count:
        raise Http404("not submitted")
    return check


def _unit(user: User, code: str) -> Organisation:
    units = Organisation.objects.select_related("school", "institution")
    unit: Organisation = get_visible(units, user, code=code)
    if not unit.is_unit:
        raise Http404(code)
    if unit.status != Organisation.Status.ACTIVE:
        raise PermissionDenied("a closed unit is asked nothing")
    return unit


def _data(
    sheet: CheckSheet,
    unit: Organisation,
    *,
    title: str,
    no: str = "",
    due_on: date | None = None,
    keyed_in_by: str = "",
) -> CheckData:
    head = head_on_the_day(unit)
    return CheckData(
        title=title,
        unit=unit.name,
        code=unit.code,
        no=no,
        due_on=due_on,
        head=head.name if head else "",
        head_post=head.post if head else "负责人",
        keyed_in_by=keyed_in_by,
        rules=tuple(
            RuleBlock(rule.rule.number, rule.rule.title, tuple(_item(line) for line in rule.asked))
            for rule in sheet.rules
            if rule.asked
        ),
        as_of=clock.now(),
    )


def _item(line: ItemLine) -> Item:
    given = line.given
    return Item(
        code=line.item.short_code,
        text=line.item.text,
        values=tuple(str(label) for _, label in Answer.Value.choices),
        chosen=str(given.get_value_display()) if given.value else "",
        said=tuple(_said(line, given)),
    )


def _said(line: ItemLine, given: Answer) -> list[str]:
    """What the unit stated; before an answer the figures that are asked for, with room to write."""
    words = []
    for table in line.tables:
        if table.summary:
            words.append(table.summary)
        elif not given.value:
            asked = "　".join(f"{one.label}＿＿＿" for one in table.lines)
            words.append(f"{table.indicator.name}（{table.limit_words}）：{asked}")
    if given.is_problem:
        words.append(given.problem_text)
        if given.measure_text:
            words.append(f"措施：{given.measure_text}")
        if given.person or given.fix_on:
            words.append(f"{given.person}　{cn_date(given.fix_on) if given.fix_on else ''}".strip())
    elif given.value == Answer.Value.NOT_APPLICABLE:
        words.append(given.reason)
    words += [f"附：{one.stored_file.original_name}" for one in line.evidence]
    return [one for one in words if one.strip()]
