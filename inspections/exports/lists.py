"""The lists that can be taken along: each reads the rows of its page from the page's own address.

The page and its export are one reading, so that a file holds exactly what was on the screen.
"""

from __future__ import annotations

from django.db.models import Count, F
from django.http import QueryDict

from inspections.board_matrix import term_from
from inspections.exports import office, work
from inspections.exports.listing import Listing, day_of, name_of
from inspections.exports.tables import Column
from inspections.filters import (
    CheckFilter,
    ProblemFilter,
    UnitFilter,
    check_tabs,
    problem_tabs,
    with_progress,
)
from inspections.filters.attainment import AttainmentFilter, attainment_tabs
from inspections.filters.complaints import ComplaintFilter, complaint_tabs
from inspections.filters.doubts import DoubtFilter, doubt_tabs
from inspections.filters.inquiries import InquiryFilter, inquiry_tabs
from inspections.filters.patterns import PatternFilter, pattern_tabs
from inspections.filters.visits import VisitFilter, visit_tabs
from inspections.models import (
    Attainment,
    Complaint,
    Pattern,
    RectificationTask,
    SelfCheck,
    UnitInquiry,
    Visit,
)
from inspections.unit_story import with_open_problems
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import (
    ANSWER_READERS,
    COUNTY_ROLES,
    INSPECTOR_ROLES,
    SUPERVISION_ROLES,
    UNIT_ROLES,
    Role,
)
from shuangjian.registers.models import Doubt


# --- Units --------------------------------------------------------------------
def _units(user: User, query: QueryDict) -> Reading:
    chosen = UnitFilter(query, queryset=Organisation.objects.visible_to(user).units())
    rows = with_open_problems(chosen.qs).select_related("school", "institution", "township", "area")
    return Reading(rows.order_by("pinyin_key", "pk"), chosen)


UNITS = Listing(
    "units",
    "单位",
    COUNTY_ROLES | INSPECTOR_ROLES,
    _units,
    (
        Column("代码", 22, lambda unit: unit.code),
        Column("名称", 26, lambda unit: unit.name),
        Column("类别", 8, lambda unit: unit.get_kind_display()),
        Column("乡镇", 12, lambda unit: name_of(unit.township)),
        Column("督学责任区", 18, lambda unit: name_of(unit.area)),
        Column("状态", 10, lambda unit: unit.get_status_display()),
        Column("设立日期", 12, lambda unit: unit.opened_on),
        Column("地址", 30, lambda unit: unit.address),
        Column("联系人", 10, lambda unit: unit.contact_name, is_personal=True),
        Column("联系电话", 16, lambda unit: unit.contact_phone, is_personal=True),
        Column("未销号问题", 10, lambda unit: unit.open_problems),
    ),
)


# --- Problems -----------------------------------------------------------------
def _problems(user: User, query: QueryDict) -> Reading:
    visible = RectificationTask.objects.visible_to(user)
    chosen = ProblemFilter(query, queryset=visible.latest_rounds())
    tabs = problem_tabs(chosen.qs, query)
    order = ("-closed_at", "-problem__no") if tabs.current == "closed" else ("due_on", "problem__no")
    rows = tabs.queryset.select_related(
        "problem__organisation", "problem__rule", "problem__prohibition", "overseer"
    )
    return Reading(rows.order_by(*order), chosen, tabs)


PROBLEMS = Listing(
    "problems",
    "问题整改",
    ANSWER_READERS | {Role.PARTNER},
    _problems,
    (
        Column("编号", 12, lambda task: task.problem.no),
        Column("单位", 24, lambda task: task.problem.organisation.name),
        Column("条目", 7, lambda task: task.problem.rule.number),
        Column("条目名称", 22, lambda task: task.problem.rule.title),
        Column("性质", 10, lambda task: task.problem.get_severity_display()),
        Column("发现情况", 40, lambda task: task.problem.fact),
        Column("来源", 12, lambda task: task.problem.origin_told),
        Column("发现日期", 12, lambda task: task.problem.found_on),
        Column("状态", 10, lambda task: task.get_state_display()),
        Column("整改期限", 12, lambda task: task.due_on),
        Column("督办人", 10, lambda task: name_of(task.overseer), is_personal=True),
    ),
)


# --- Self-checks --------------------------------------------------------------
def _checks(user: User, query: QueryDict) -> Reading:
    chosen = CheckFilter(query, queryset=SelfCheck.objects.visible_to(user))
    default = "review" if user.has_role(Role.TASK_FORCE) else "all"
    tabs = check_tabs(chosen.qs, query, default=default)
    return Reading(with_progress(tabs.queryset.select_related("round", "organisation")), chosen, tabs)


CHECKS = Listing(
    "checks",
    "自查",
    COUNTY_ROLES | INSPECTOR_ROLES,
    _checks,
    (
        Column("编号", 14, lambda check: check.no),
        Column("单位", 24, lambda check: check.organisation.name),
        Column("自查批次", 30, lambda check: check.round.title),
        Column("状态", 10, lambda check: check.get_state_display()),
        Column("截止日期", 12, lambda check: check.due_on),
        Column("提交日期", 12, lambda check: day_of(check.submitted_at)),
    ),
)


# --- Visits -------------------------------------------------------------------
def _visits(user: User, query: QueryDict) -> Reading:
    chosen = VisitFilter(query, queryset=Visit.objects.visible_to(user).distinct())
    tabs = visit_tabs(chosen.qs, query)
    return Reading(tabs.queryset.select_related("organisation").order_by("-planned_on", "-no"), chosen, tabs)


VISITS = Listing(
    "visits",
    "督导",
    SUPERVISION_ROLES,
    _visits,
    (
        Column("编号", 14, lambda visit: visit.no),
        Column("单位", 24, lambda visit: visit.organisation.name),
        Column("督导类别", 14, lambda visit: visit.get_kind_display()),
        Column("计划日期", 12, lambda visit: visit.planned_on),
        Column("计划名称", 24, lambda visit: visit.plan_name),
        Column("批准文号", 20, lambda visit: visit.approval_no),
        Column("状态", 10, lambda visit: visit.get_state_display()),
        Column("现场检查记录编号", 18, lambda visit: visit.record_no),
        Column("现场意见", 40, lambda visit: visit.summary),
    ),
)


# --- Doubts -------------------------------------------------------------------
def _doubts(user: User, query: QueryDict) -> Reading:
    chosen = DoubtFilter(query, queryset=Doubt.objects.visible_to(user))
    tabs = doubt_tabs(chosen.qs, query)
    rows = tabs.queryset.select_related("organisation", "item__rule", "prohibition").order_by("-pk")
    return Reading(rows, chosen, tabs)


DOUBTS = Listing(
    "doubts",
    "数据疑点",
    COUNTY_ROLES | {Role.AREA_INSPECTOR},
    _doubts,
    (
        Column("编号", 14, lambda doubt: doubt.no),
        Column("单位", 24, lambda doubt: doubt.organisation.name),
        Column("条目", 7, lambda doubt: doubt.item.rule.number),
        Column("检查项", 9, lambda doubt: doubt.item.short_code),
        Column("类别", 12, lambda doubt: doubt.get_kind_display()),
        Column("情况", 50, lambda doubt: doubt.fact),
        Column("单位说明", 30, lambda doubt: doubt.explanation),
        Column("状态", 12, lambda doubt: doubt.get_state_display()),
        Column("产生日期", 12, lambda doubt: day_of(doubt.raised_at)),
        Column("处理意见", 30, lambda doubt: doubt.words),
    ),
)


# --- 举报和反映, 情况核实: what people wrote is not taken along ----
def _complaints(user: User, query: QueryDict) -> Reading:
    chosen = ComplaintFilter(query, queryset=Complaint.objects.visible_to(user))
    tabs = complaint_tabs(chosen.qs, query)
    rows = tabs.queryset.select_related("organisation", "township", "officer")
    return Reading(rows.order_by(F("due_on").asc(nulls_last=True), "-pk"), chosen, tabs)


COMPLAINTS = Listing(
    "complaints",
    "举报和反映",
    frozenset({Role.TASK_FORCE, Role.LEADER, Role.OFFICE_STAFF}),
    _complaints,
    (
        Column("编号", 14, lambda row: row.no),
        Column("渠道", 12, lambda row: row.get_door_display()),
        Column("来件编号", 18, lambda row: row.external_no),
        Column("收到日期", 12, lambda row: row.received_on),
        Column("类别", 12, lambda row: row.get_kind_display()),
        Column("事项", 30, lambda row: row.get_topic_display()),
        Column("单位", 24, lambda row: name_of(row.organisation)),
        Column("状态", 12, lambda row: row.get_state_display()),
        Column("办理期限", 12, lambda row: row.due_on),
        Column("期限依据", 16, lambda row: row.due_by),
        Column("核实结果", 12, lambda row: row.get_finding_display()),
        Column("答复日期", 12, lambda row: row.answered_on),
        Column("回访", 10, lambda row: row.get_satisfied_display()),
        Column("经办人", 12, lambda row: name_of(row.officer), is_personal=True),
    ),
)


def _inquiries(user: User, query: QueryDict) -> Reading:
    chosen = InquiryFilter(query, queryset=UnitInquiry.objects.visible_to(user))
    tabs = inquiry_tabs(chosen.qs, query)
    return Reading(tabs.queryset.select_related("organisation").order_by("-pk"), chosen, tabs)


INQUIRIES = Listing(
    "inquiries",
    "情况核实",
    frozenset({Role.TASK_FORCE, Role.LEADER, Role.OFFICE_STAFF}) | UNIT_ROLES,
    _inquiries,
    (
        Column("编号", 14, lambda row: row.no),
        Column("单位", 24, lambda row: row.organisation.name),
        Column("请核实的情况", 50, lambda row: row.words),
        Column("说明期限", 12, lambda row: row.due_on),
        Column("状态", 10, lambda row: row.get_state_display()),
        Column("说明", 50, lambda row: row.reply),
    ),
)


# --- Which units meet the rules -------------------------------------------------
def _attainment(user: User, query: QueryDict) -> Reading:
    rows = Attainment.objects.visible_to(user).filter(term=term_from(query))
    chosen = AttainmentFilter(query, queryset=rows)
    tabs = attainment_tabs(chosen.qs, query)
    rows = tabs.queryset.select_related("organisation__township", "organisation__area", "term")
    return Reading(rows.order_by("-organisation__kind", "organisation__pinyin_key", "pk"), chosen, tabs)


ATTAINMENT = Listing(
    "attainment",
    "达标情况",
    COUNTY_ROLES | INSPECTOR_ROLES,
    _attainment,
    (
        Column("代码", 22, lambda row: row.organisation.code),
        Column("名称", 26, lambda row: row.organisation.name),
        Column("类别", 12, lambda row: row.organisation.get_kind_display()),
        Column("乡镇", 12, lambda row: name_of(row.organisation.township)),
        Column("督学责任区", 18, lambda row: name_of(row.organisation.area)),
        Column("学期", 14, lambda row: row.term.short_title),
        Column("结论", 10, lambda row: row.get_conclusion_display()),
        Column("涉及条目", 9, lambda row: row.concerned),
        Column("到校查实符合", 12, lambda row: row.proven),
        Column("自报符合", 9, lambda row: row.said),
        Column("部分符合和不符合", 15, lambda row: row.short),
        Column("未填未查", 9, lambda row: row.unknown),
        Column("未销号问题", 10, lambda row: row.open_problems),
        Column("最晚整改期限", 13, lambda row: row.last_due_on),
    ),
)


# --- What the nightly search found ----------------------------------------------
def _patterns(user: User, query: QueryDict) -> Reading:
    chosen = PatternFilter(query, queryset=Pattern.objects.visible_to(user))
    tabs = pattern_tabs(chosen.qs, query)
    rows = tabs.queryset.select_related("term").annotate(row_count=Count("rows")).order_by("-pk")
    return Reading(rows, chosen, tabs)


PATTERNS = Listing(
    "patterns",
    "研判提示",
    COUNTY_ROLES,
    _patterns,
    (
        Column("编号", 14, lambda pattern: pattern.no),
        Column("类别", 18, lambda pattern: pattern.get_kind_display()),
        Column("情况", 60, lambda pattern: pattern.fact),
        Column("依据", 60, lambda pattern: pattern.ground),
        Column("涉及", 8, lambda pattern: pattern.row_count),
        Column("学期", 14, lambda pattern: pattern.term.short_title),
        Column("状态", 12, lambda pattern: pattern.get_state_display()),
        Column("产生日期", 12, lambda pattern: day_of(pattern.raised_at)),
        Column("处理意见", 30, lambda pattern: pattern.words),
    ),
)

_HERE = (UNITS, PROBLEMS, CHECKS, VISITS, DOUBTS, COMPLAINTS, INQUIRIES, ATTAINMENT, PATTERNS)
LISTINGS = {one.key: one for one in (*_HERE, *work.LISTS, *office.LISTS)}
