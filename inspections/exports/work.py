"""The lists of work under way: rounds, duties, registers, burden, draws, coverage, rechecks, cases, leads."""

from __future__ import annotations

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import QueryDict

from inspections import unvisited
from inspections.burden import months
from inspections.exports.listing import Listing, day_of, name_of
from inspections.exports.tables import Column
from inspections.filters.duties import DutyFilter, duty_tabs
from inspections.filters.rechecks import recheck_tabs
from inspections.filters.rounds import read_rounds
from inspections.filters.sanctions import SanctionFilter, sanction_tabs
from inspections.models import Recheck, Sanction, VisitDraw
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import (
    ANSWERING_ROLES,
    BUSINESS_ROLES,
    COUNTY_ROLES,
    INSPECTOR_ROLES,
    SUPERVISION_ROLES,
    Role,
)
from shuangjian.policy.models import Duty
from shuangjian.registers import selectors as registers
from tutoring import filters as leads

_KINDS = {"school": "学校", "institution": "校外培训机构", "office": "科室"}


# --- Rounds and the plan ------------------------------------------------------
ROUNDS = Listing(
    "rounds",
    "自查批次",
    COUNTY_ROLES,
    read_rounds,
    (
        Column("批次", 36, lambda row: row.title),
        Column("学期", 20, lambda row: row.term.short_title),
        Column("填报单位", 18, lambda row: "、".join(_KINDS[kind] for kind in row.unit_kinds)),
        Column("计划名称", 24, lambda row: row.plan_name),
        Column("批准文号", 20, lambda row: row.approval_no),
        Column("状态", 10, lambda row: row.get_state_display()),
        Column("已提交", 8, lambda row: row.handed_in),
        Column("应提交", 8, lambda row: row.asked),
        Column("截止日期", 12, lambda row: row.due_on),
    ),
)


def _duties(user: User, query: QueryDict) -> Reading:
    is_staff = user.has_role(*COUNTY_ROLES, *INSPECTOR_ROLES)
    chosen = DutyFilter(query, queryset=Duty.objects.visible_to(user).owed().standing())
    tabs = duty_tabs(chosen.qs, query, default="missing" if is_staff else "all")
    is_done = ExpressionWrapper(Q(fulfilled_on__isnull=False), output_field=BooleanField())
    rows = tabs.queryset.select_related("obligation__phase__stage__plan", "term", "organisation__township")
    order = (is_done, "due_on", "obligation__code", "organisation__pinyin_key", "pk")
    return Reading(rows.order_by(*order), chosen, tabs)


DUTIES = Listing(
    "duties",
    "方案任务",
    SUPERVISION_ROLES,
    _duties,
    (
        Column("任务", 30, lambda duty: duty.what),
        Column("步骤", 20, lambda duty: duty.obligation.phase.title),
        Column("单位", 24, lambda duty: duty.organisation.name),
        Column("乡镇", 12, lambda duty: name_of(duty.organisation.township)),
        Column("期限", 12, lambda duty: duty.due_on),
        Column("补报至", 12, lambda duty: duty.reopened_until),
        Column("完成日期", 12, lambda duty: duty.finished_on),
        Column("状态", 12, lambda duty: duty.standing_words[1]),
    ),
)


# --- Registers and what is asked of units -------------------------------------
REGISTERS = Listing(
    "registers",
    "登记档案",
    SUPERVISION_ROLES,
    registers.read_units,
    (
        Column("代码", 22, lambda one: one.unit.code),
        Column("单位", 26, lambda one: one.unit.name),
        Column("督学责任区", 18, lambda one: name_of(one.unit.area)),
        Column("已填（项）", 10, lambda one: one.filled.done),
        Column("应填（项）", 10, lambda one: one.filled.total),
        Column("待核实的疑点（个）", 12, lambda one: one.doubts),
    ),
)


def _burden(user: User, query: QueryDict) -> Reading:
    return months.read(user, query)[1]


BURDEN = Listing(
    "burden",
    "减负台账",
    BUSINESS_ROLES,
    _burden,
    (
        Column("单位", 26, lambda line: line.unit.name),
        Column("代码", 22, lambda line: line.unit.code),
        Column("类别", 8, lambda line: line.unit.get_kind_display()),
        Column("填报（项）", 10, lambda line: line.load.inputs),
        Column("其中重复（项）", 10, lambda line: line.load.known),
        Column("估计用时（分钟）", 10, lambda line: line.minutes),
        Column("文件照片（个）", 10, lambda line: line.load.files),
        Column("计划外（件）", 10, lambda line: line.load.off_plan),
        Column("预算（项）", 10, lambda line: line.most),
        Column("本学期入校（次）", 10, lambda line: line.visits),
    ),
)


# --- Visits -------------------------------------------------------------------
def _draws(user: User, query: QueryDict) -> Reading:
    return Reading(VisitDraw.objects.visible_to(user).defer("frozen", "drawn"))


DRAWS = Listing(
    "draws",
    "双随机抽取",
    BUSINESS_ROLES,
    _draws,
    (
        Column("编号", 14, lambda draw: draw.no),
        Column("名称", 30, lambda draw: draw.title),
        Column("类别", 14, lambda draw: draw.get_kind_display()),
        Column("计划名称", 24, lambda draw: draw.plan_name),
        Column("批准文号", 20, lambda draw: draw.approval_no),
        Column("抽取日期", 12, lambda draw: draw.drawn_on or day_of(draw.draws_at)),
        Column("其他平台", 20, lambda draw: draw.platform),
        Column("状态", 10, lambda draw: draw.get_state_display()),
    ),
)


def read_coverage(user: User, query: QueryDict) -> Reading:
    """Units in operation by whether somebody inspected them in the period; none before any term."""
    period = unvisited.chosen_period(query)
    chosen = unvisited.CoverageFilter(query, queryset=Organisation.objects.visible_to(user).units().active())
    if period is None:
        return Reading(chosen.qs.none(), chosen)
    tabs = unvisited.coverage_tabs(unvisited.with_visits(chosen.qs, period), query)
    rows = tabs.queryset.select_related("township", "area").order_by("pinyin_key", "pk")
    return Reading(rows, chosen, tabs, said=period.label)


COVERAGE = Listing(
    "coverage",
    "督导覆盖",
    COUNTY_ROLES | {Role.AREA_INSPECTOR},
    read_coverage,
    (
        Column("代码", 22, lambda unit: unit.code),
        Column("单位", 26, lambda unit: unit.name),
        Column("类别", 8, lambda unit: unit.get_kind_display()),
        Column("乡镇", 12, lambda unit: name_of(unit.township)),
        Column("督学责任区", 18, lambda unit: name_of(unit.area)),
        Column("上次督导", 12, lambda unit: day_of(unit.last_on)),
        Column("已安排", 14, lambda unit: unit.planned_no or ""),
        Column("计划日期", 12, lambda unit: unit.planned_on),
    ),
)


def _rechecks(user: User, query: QueryDict) -> Reading:
    tabs = recheck_tabs(Recheck.objects.visible_to(user), query)
    rows = tabs.queryset.select_related(
        "task__problem__organisation", "task__problem__rule", "task__problem__prohibition", "draw"
    )
    return Reading(rows.order_by("due_on", "pk"), tabs=tabs)


RECHECKS = Listing(
    "rechecks",
    "回头看和抽查",
    COUNTY_ROLES | {Role.AREA_INSPECTOR},
    _rechecks,
    (
        Column("问题", 12, lambda row: row.task.problem.no),
        Column("单位", 24, lambda row: row.task.problem.organisation.name),
        Column("条目", 7, lambda row: row.task.problem.rule.number),
        Column("发现情况", 40, lambda row: row.task.problem.fact),
        Column("销号日期", 12, lambda row: day_of(row.task.closed_at)),
        Column("方式", 12, lambda row: row.get_kind_display()),
        Column("期限", 12, lambda row: row.due_on),
        Column("结果", 12, lambda row: row.get_state_display()),
        Column("情况", 40, lambda row: row.words),
    ),
)


# --- Cases and leads ----------------------------------------------------------
def _sanctions(user: User, query: QueryDict) -> Reading:
    chosen = SanctionFilter(query, queryset=Sanction.objects.visible_to(user))
    tabs = sanction_tabs(chosen.qs, query)
    return Reading(tabs.queryset.select_related("organisation", "problem").order_by("-pk"), chosen, tabs)


SANCTIONS = Listing(
    "sanctions",
    "约谈、通报",
    COUNTY_ROLES | ANSWERING_ROLES,
    _sanctions,
    (
        Column("编号", 14, lambda row: row.no),
        Column("单位", 24, lambda row: row.organisation.name),
        Column("方式", 12, lambda row: row.get_kind_display()),
        Column("事由", 20, lambda row: row.get_ground_display()),
        Column("问题", 12, lambda row: row.problem.no if row.problem is not None else ""),
        Column("发文单位", 20, lambda row: row.issuer),
        Column("文号", 22, lambda row: row.document_no),
        Column("发文日期", 12, lambda row: row.issued_on),
        Column("状态", 10, lambda row: row.get_state_display()),
    ),
)

LEADS = Listing(
    "leads",
    "线索点",
    leads.READERS,
    leads.read_leads,
    (
        Column("编号", 14, lambda lead: lead.no),
        Column("地点", 36, lambda lead: lead.place),
        Column("类别", 12, lambda lead: lead.get_kind_display()),
        Column("发现情况", 40, lambda lead: lead.noticed),
        Column("来源", 12, lambda lead: lead.get_source_display()),
        Column("发现日期", 12, lambda lead: lead.found_on),
        Column("状态", 10, lambda lead: lead.get_state_display()),
        Column("移交给", 18, lambda lead: name_of(lead.handed_to)),
    ),
)

LISTS = (ROUNDS, DUTIES, REGISTERS, BURDEN, DRAWS, COVERAGE, RECHECKS, SANCTIONS, LEADS)
