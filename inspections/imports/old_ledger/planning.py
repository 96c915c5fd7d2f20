"""The dry run of an old ledger. Writes nothing.

A row that is on record already is left alone: the same unit, day and words. What is on record is never
changed by an import: a problem goes on by its own moves.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django import forms

from inspections.forms.fields import words_field
from inspections.imports.old_ledger.columns import CLOSED, SHEET
from inspections.imports.plans import CREATE, KEEP, Plan, PlannedRow, Progress, made_of
from inspections.imports.reading import ReadRow, read_book
from inspections.imports.sheets import fault_of_title
from inspections.models import Problem, RectificationTask
from inspections.querysets import is_open
from inspections.workflows.old_ledger import OldProblem
from shuangjian import field_words
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.unit_forms import line_field
from shuangjian.dates import cn_date
from shuangjian.policy.models import CheckItem, Rule
from shuangjian.policy.models.rulebook import code_of
from shuangjian.policy.scope import concerns, facts_of
from shuangjian.policy.selectors import rules_in_force


@dataclass
class PlannedProblem(PlannedRow):
    """A problem that would be taken over; None where it is on record."""

    old: OldProblem | None = None


class _RowForm(forms.Form):
    """The words of a row, in the lengths that the portal's own forms allow."""

    fact = words_field("发现情况", "", missing="请填写发现情况")
    old_no = line_field("原编号", max_length=40)
    superior_no = line_field("交办文号", max_length=60)
    measure = forms.CharField(label="整改措施", max_length=200, required=False)
    person = line_field("责任人", max_length=30)


class _Known:
    """Units, rules and what is on record, read once: six queries whatever the size of the file."""

    def __init__(self, user: User) -> None:
        units = Organisation.objects.visible_to(user).units().select_related("school", "institution")
        self.by_code = {unit.code: unit for unit in units.prefetch_related("exemptions")}
        self.by_name: dict[str, list[Organisation]] = defaultdict(list)
        for unit in self.by_code.values():
            self.by_name[_folded(unit.name)].append(unit)
        rules = rules_in_force().filter(group__in=["school", "institution"])
        self.rules: dict[str, Rule] = {rule.code: rule for rule in rules}
        items = CheckItem.objects.askable().select_related("rule").prefetch_related("prohibitions")
        self.items: dict[str, CheckItem] = {item.code: item for item in items}
        open_now = RectificationTask.objects.filter(is_open()).values("problem")
        self.open = set(Problem.objects.filter(pk__in=open_now).values_list("pk", flat=True))
        self.by_words: dict[tuple[Any, ...], Problem] = {}
        self.by_old_no: dict[tuple[int, str], Problem] = {}
        told = ("no", "organisation_id", "fact", "found_on", "old_no")
        for problem in Problem.objects.only(*told).order_by("-pk"):
            self.by_words[problem.organisation_id, problem.found_on, _folded(problem.fact)] = problem
            if problem.old_no:
                self.by_old_no[problem.organisation_id, _folded(problem.old_no)] = problem


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def plan_of(sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
    """What the workbook would take over."""
    book = read_book(sheets, [SHEET])
    fault = fault_of_title(book.titles, SHEET)
    if fault:
        book.blame(SHEET.name, "A1", fault)
    book.keep(_is_filled_in)
    planner = _Planner(_Known(user))
    planned = []
    for at, row in enumerate(book.rows):
        progress("核对", at, len(book.rows))
        made = planner.plan(row)
        if made is not None:
            planned.append(made)
    return made_of(book, planned, [SHEET])


def _is_filled_in(row: ReadRow) -> bool:
    """The template offers a row for each unit: those that tell no problem are no rows."""
    return bool(row.blamed) or bool(set(row.values) - {"code", "unit_name"})


class _Planner:
    """One row after the other; faults are noted on the row itself."""

    def __init__(self, known: _Known) -> None:
        self.known = known
        self.words_in_file: dict[tuple[Any, ...], ReadRow] = {}
        self.numbers_in_file: dict[tuple[int, str], ReadRow] = {}

    def plan(self, row: ReadRow) -> PlannedProblem | None:
        """What would become of the row; None where it holds a fault."""
        old = self._read(row)
        if old is None:
            return None
        known = self._on_record(row, old)
        if row.faults:
            return None
        return PlannedProblem(
            sheet=row.sheet.name,
            number=row.number,
            key=f"{row.number}",
            name=old.organisation.name,
            action=KEEP if known is not None else CREATE,
            organisation=old.organisation,
            lines=_lines(old) if known is None else [],
            old=old if known is None else None,
        )

    # --- What the row says -------------------------------------------------------
    def _read(self, row: ReadRow) -> OldProblem | None:
        values = row.values
        for column in SHEET:
            if column.required and column.field not in row.blamed and not values.get(column.field):
                row.blame(column.field, f"请填写{column.heading}")
        unit, (rule, item) = self._unit(row), self._rule(row)
        form = _RowForm({name: values.get(name, "") for name in _RowForm.base_fields})
        for name in form.errors:
            if name not in row.blamed:
                row.blame(name, str(field_words.errors_of(form[name])[0]))
        if values.get("state") == CLOSED and not values.get("closed_on") and "closed_on" not in row.blamed:
            row.blame("closed_on", "已销号的请填写销号日期")
        if values.get("state") != CLOSED and values.get("closed_on"):
            row.blame("closed_on", "写了销号日期，状态请填“已销号”；没有销号的请清空这一格")
        prohibition = None
        if values.get("breaks") and rule is not None:
            prohibition = item.gravest_prohibition() if item is not None else None
            if prohibition is None:
                row.blame("breaks", "这一条没有对应的严禁或不得，请填检查项编号，或改填“否”")
        if row.faults or unit is None or rule is None:
            return None
        self._check_scope(row, unit, rule, item)
        texts = {name: form.cleaned_data[name] for name in _RowForm.base_fields}
        old = OldProblem(
            organisation=unit,
            rule=rule,
            item=item,
            prohibition=prohibition,
            origin=values["origin"],
            found_on=values["found_on"],
            due_on=values.get("due_on"),
            closed_on=values.get("closed_on"),
            **texts,
        )
        field, words = old.fault
        if field:
            row.blame(field, words)
        return None if row.faults else old

    def _unit(self, row: ReadRow) -> Organisation | None:
        code, name = row.values.get("code"), row.values.get("unit_name", "")
        if code:
            unit = self.known.by_code.get(code)
            if unit is None:
                row.blame("code", f"平台里没有代码为{code[:20]}的学校或机构，请核对")
            return unit
        if "code" in row.blamed:
            return None
        same = self.known.by_name.get(_folded(name), []) if name else []
        if len(same) == 1:
            return same[0]
        row.blame(
            "unit_name" if name else "code",
            f"平台里有{len(same)}个“{name}”，请填单位代码"
            if same
            else f"平台里没有“{name[:20]}”，请核对名称，或填单位代码"
            if name
            else "请填写单位代码或单位名称",
        )
        return None

    def _rule(self, row: ReadRow) -> tuple[Rule | None, CheckItem | None]:
        told = row.values.get("item", "")
        if not told:
            return None, None
        code = code_of(_plain_code(told))
        item = self.known.items.get(code)
        rule = item.rule if item is not None else self.known.rules.get(code)
        if rule is None:
            row.blame("item", "没有这一条或这个检查项，请填“减负三十条”的条号或检查项编号，例如4或4-1")
        return rule, item

    def _check_scope(self, row: ReadRow, unit: Organisation, rule: Rule, item: CheckItem | None) -> None:
        if rule.group != unit.kind:
            row.blame("item", f"第{rule.number}条不由{unit.get_kind_display()}落实，请核对单位和条目")
        elif item is not None and row.values["state"] != CLOSED and not concerns(item, facts_of(unit)):
            row.blame("item", f"这个检查项不适用于{unit.name}，请改填检查项或只填条号")

    # --- Is it known already? ----------------------------------------------------
    def _on_record(self, row: ReadRow, old: OldProblem) -> Problem | None:
        unit = old.organisation.pk
        words, number = (unit, old.found_on, _folded(old.fact)), (unit, _folded(old.old_no))
        before = self.words_in_file.setdefault(words, row)
        if before is not row:
            row.blame("fact", f"与第{before.number}行是同一个问题，请留一行")
        if old.old_no:
            before = self.numbers_in_file.setdefault(number, row)
            if before is not row:
                row.blame("old_no", f"与第{before.number}行的原编号相同，请留一行，或写成年份加编号")
        known = self.known.by_words.get(words)
        numbered = self.known.by_old_no.get(number) if old.old_no else None
        if numbered is not None and known is not numbered:
            row.blame(
                "old_no",
                f"原编号已导入为问题{numbered.no}，日期或情况与这一行不同；导入过的在问题页办理，请改正编号或删去这一行",
            )
        elif known is not None and old.closed_on is not None and known.pk in self.known.open:
            row.blame("state", f"平台里是问题{known.no}，还没有销号，请在问题页办理销号，删去这一行")
        return known


def _plain_code(told: str) -> str:
    """4-1 of 第４条第1项, R04-1, 4－1."""
    plain = "".join(unicodedata.normalize("NFKC", told).split()).upper().removeprefix("R")
    for sign in ("条第", "条", "－", "–", "—", "."):
        plain = plain.replace(sign, "-")
    plain = plain.removeprefix("第").removesuffix("项").rstrip("-")
    rule, dash, rest = plain.partition("-")
    return f"{rule.lstrip('0')}{dash}{rest}"


def _lines(old: OldProblem) -> list[str]:
    about = f"第{old.rule.number}条"
    if old.item is not None:
        about = f"检查项{old.item.short_code}"
    if old.prohibition is not None:
        about += f"（{old.prohibition.kind}）"
    lines = [f"{about}：{old.fact}", f"{Problem.Origin(old.origin).label}，{cn_date(old.found_on)}发现"]
    if old.old_no:
        lines.append(f"原编号：{old.old_no}")
    if old.measure:
        lines.append(f"措施：{old.measure}（{old.person}）")
    if old.closed_on is not None:
        lines.append(f"记为历史：{cn_date(old.closed_on)}已销号")
    elif old.due_on is not None:
        state = RectificationTask.State.RECTIFYING if old.measure else RectificationTask.State.PLANNING
        track = "，自查轻办" if old.is_light else ""
        lines.append(f"转为问题：{state.label}{track}，期限{cn_date(old.due_on)}")
    return lines
