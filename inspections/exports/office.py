"""The lists of the office: papers, reports, tables that go up, notices, questions, people, the trail."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import QueryDict
from django.utils import timezone

from inspections.exports.listing import Listing, day_of, name_of
from inspections.exports.tables import Column
from inspections.filters.bulletins import BulletinFilter
from inspections.filters.papers import PaperFilter, paper_tabs
from inspections.filters.questions import QuestionFilter, question_tabs
from inspections.filters.reports import ReportFilter
from inspections.filters.returns import return_tabs
from inspections.imports import kinds
from inspections.models import (
    Bulletin,
    Handover,
    Import,
    ModelCase,
    Paper,
    Question,
    QuestionAnswer,
    ReturnTemplate,
    Statistic,
    Suggestion,
    SupervisionReport,
    UpwardReturn,
)
from shuangjian.accounts import selectors as accounts
from shuangjian.accounts import trail
from shuangjian.accounts.list_filters import Reading, tabs_of
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import (
    BUSINESS_ROLES,
    COUNTY_ROLES,
    KEEPER_ROLES,
    SUPERVISION_ROLES,
    UNIT_ROLES,
    Role,
)
from shuangjian.registers.permissions import KEEPERS


# --- Papers and reports -------------------------------------------------------
def _papers(user: User, query: QueryDict) -> Reading:
    chosen = PaperFilter(query, queryset=Paper.objects.visible_to(user))
    tabs = paper_tabs(chosen.qs, query, is_office=user.sees_county)
    rows = tabs.queryset.select_related("organisation").defer("data", "sections").order_by("-no")
    return Reading(rows, chosen, tabs)


PAPERS = Listing(
    "papers",
    "公文",
    COUNTY_ROLES | UNIT_ROLES | {Role.AREA_INSPECTOR, Role.PARTNER},
    _papers,
    (
        Column("编号", 14, lambda paper: paper.no),
        Column("文种", 16, lambda paper: paper.get_kind_display()),
        Column("单位", 24, lambda paper: paper.organisation.name),
        Column("标题", 40, lambda paper: paper.title),
        Column("发文字号", 24, lambda paper: paper.document_no),
        Column("签发日期", 12, lambda paper: paper.signed_on),
        Column("送达日期", 12, lambda paper: paper.served_on),
        Column("送达方式", 12, lambda paper: paper.get_served_by_display()),
        Column("状态", 10, lambda paper: paper.get_state_display()),
    ),
)


def _reports(user: User, query: QueryDict) -> Reading:
    rows = SupervisionReport.objects.visible_to(user).select_related("term", "organisation")
    rows = rows.defer("data", "sections")  # a whole report each, which no line shows
    chosen = ReportFilter(query, queryset=rows)
    return Reading(chosen.qs.order_by("-no"), chosen)


REPORTS = Listing(
    "reports",
    "报告",
    SUPERVISION_ROLES,
    _reports,
    (
        Column("编号", 14, lambda report: report.no),
        Column("标题", 40, lambda report: report.title),
        Column("版次", 6, lambda report: report.report_version),
        Column("单位", 24, lambda report: name_of(report.organisation)),
        Column("学期", 20, lambda report: report.term.short_title),
        Column("状态", 10, lambda report: report.get_state_display()),
        Column("发文字号", 24, lambda report: report.document_no),
        Column("签发日期", 12, lambda report: report.signed_on),
    ),
)


# --- Tables that go up --------------------------------------------------------
def _returns(user: User, query: QueryDict) -> Reading:
    tabs = return_tabs(UpwardReturn.objects.visible_to(user), query)
    return Reading(tabs.queryset.select_related("template"), tabs=tabs)


RETURNS = Listing(
    "returns",
    "上报",
    COUNTY_ROLES,
    _returns,
    (
        Column("编号", 14, lambda row: row.no),
        Column("报表", 30, lambda row: row.template.name),
        Column("报告期", 20, lambda row: row.period_words),
        Column("版次", 6, lambda row: row.ordinal),
        Column("期限", 12, lambda row: row.due_on),
        Column("数据截至", 12, lambda row: row.figures_on),
        Column("零报告", 8, lambda row: "是" if row.is_zero else "否"),
        Column("状态", 10, lambda row: row.get_state_display()),
        Column("上报日期", 12, lambda row: day_of(row.sent_at)),
    ),
)


def _statistics(user: User, query: QueryDict) -> Reading:
    return Reading(Statistic.objects.visible_to(user))


STATISTICS = Listing(
    "statistics",
    "指标库",
    COUNTY_ROLES,
    _statistics,
    (
        Column("代码", 16, lambda row: row.code),
        Column("指标", 30, lambda row: row.name),
        Column("单位", 10, lambda row: row.measure),
        Column("口径", 50, lambda row: row.definition),
        Column("取数", 24, lambda row: "自动" if row.query else f"手工，{row.source}"),
        Column("启用日期", 12, lambda row: row.since_on),
        Column("停用日期", 12, lambda row: row.ended_on),
    ),
)


def _templates(user: User, query: QueryDict) -> Reading:
    rows = ReturnTemplate.objects.visible_to(user).defer("sheets")
    counted = rows.annotate(figures=Count("cells", filter=Q(cells__statistic__isnull=False)))
    return Reading(counted.order_by("code", "-ordinal"))  # counting drops the order of the model


RETURN_TEMPLATES = Listing(
    "return-templates",
    "表样",
    COUNTY_ROLES,
    _templates,
    (
        Column("表号", 16, lambda row: row.code),
        Column("版次", 6, lambda row: row.ordinal),
        Column("表名", 30, lambda row: row.name),
        Column("布置单位", 24, lambda row: row.demanded_by),
        Column("文号", 20, lambda row: row.document_no),
        Column("上报", 24, lambda row: row.due_words),
        Column("指标（项）", 10, lambda row: row.figures),
        Column("状态", 10, lambda row: row.get_state_display()),
    ),
)


# --- Model cases --------------------------------------------------------------
_MODEL = ModelCase.State
_MODEL_TABS = {
    "open": ("办理中", Q(state__in=ModelCase.ON_ITS_WAY)),
    "published": ("已公布", Q(state=_MODEL.PUBLISHED)),
    "over": ("未入选和撤下", Q(state__in=[_MODEL.DECLINED, _MODEL.RETRACTED, _MODEL.WITHDRAWN])),
}


def _model_cases(user: User, query: QueryDict) -> Reading:
    rows = ModelCase.objects.visible_to(user).select_related("organisation").defer("practice", "effect")
    tabs = tabs_of(rows, query, _MODEL_TABS, default="open")
    return Reading(tabs.queryset.order_by("-pk"), tabs=tabs)


MODEL_CASES = Listing(
    "model-cases",
    "典型案例",
    COUNTY_ROLES | UNIT_ROLES | {Role.AREA_INSPECTOR},
    _model_cases,
    (
        Column("编号", 14, lambda case: case.no),
        Column("案例", 30, lambda case: case.title),
        Column("单位或家庭", 24, lambda case: case.subject_name),
        Column("类别", 14, lambda case: case.get_kind_display()),
        Column("来源", 12, lambda case: case.get_source_display()),
        Column("申报日期", 12, lambda case: day_of(case.nominated_at)),
        Column("公布文号", 22, lambda case: case.document_no),
        Column("状态", 10, lambda case: case.get_state_display()),
    ),
)


# --- What is told and asked ---------------------------------------------------
def _bulletins(user: User, query: QueryDict) -> Reading:
    rows = Bulletin.objects.visible_to(user).defer("body")
    counted = rows.annotate(
        reached=Count("recipients", distinct=True), files=Count("attachments", distinct=True)
    )
    chosen = BulletinFilter(query, queryset=counted)
    return Reading(chosen.qs.order_by("-pk"), chosen)


BULLETINS = Listing(
    "bulletins",
    "通知公告",
    SUPERVISION_ROLES,
    _bulletins,
    (
        Column("编号", 14, lambda row: row.no),
        Column("标题", 40, lambda row: row.title),
        Column("发布日期", 12, lambda row: day_of(row.published_at)),
        Column("附件（个）", 10, lambda row: row.files),
        Column("状态", 10, lambda row: row.get_state_display()),
    ),
)


def _questions(user: User, query: QueryDict) -> Reading:
    chosen = QuestionFilter(query, queryset=Question.objects.visible_to(user))
    tabs = question_tabs(chosen.qs, query)
    newest = QuestionAnswer.objects.filter(question=OuterRef("pk")).order_by("-pk").values("text")[:1]
    rows = tabs.queryset.annotate(answer=Subquery(newest)).select_related("organisation", "same_as")
    return Reading(rows.order_by("-pk"), chosen, tabs)


QUESTIONS = Listing(
    "questions",
    "填报答疑",
    BUSINESS_ROLES,
    _questions,
    (
        Column("编号", 14, lambda row: row.no),
        Column("检查项", 9, lambda row: row.item_code),
        Column("疑问", 40, lambda row: row.text),
        Column("答复", 50, lambda row: row.answer or ""),
        Column("提出日期", 12, lambda row: day_of(row.asked_at)),
        Column("状态", 10, lambda row: row.get_state_display()),
    ),
)


def read_suggestions(user: User, query: QueryDict) -> Reading:
    """For the task force what waits, most urgent first, or what was answered; to others their own."""
    rows = Suggestion.objects.visible_to(user).select_related("author", "organisation", "answered_by")
    if not user.has_role(Role.TASK_FORCE):
        return Reading(rows)
    if query.get("state") == "done":
        return Reading(rows.filter(state=Suggestion.State.ANSWERED), said="已答复")
    return Reading(rows.waiting().order_by("due_on", "pk"), said="待答复")


SUGGESTIONS = Listing(
    "suggestions",
    "意见建议",
    frozenset(Role),
    read_suggestions,
    (
        Column("编号", 14, lambda row: row.no),
        Column("意见建议", 50, lambda row: row.text),
        Column("提出人", 10, lambda row: row.author.name, is_personal=True),
        Column("单位", 24, lambda row: name_of(row.organisation)),
        Column("提出日期", 12, lambda row: day_of(row.made_at)),
        Column("答复期限", 12, lambda row: row.due_on),
        Column("答复", 50, lambda row: row.answer),
        Column("答复日期", 12, lambda row: day_of(row.answered_at)),
        Column("状态", 10, lambda row: row.get_state_display()),
    ),
)


# --- People and what they did -------------------------------------------------
def _handovers(user: User, query: QueryDict) -> Reading:
    return Reading(Handover.objects.visible_to(user).select_related("giver", "taker", "organisation"))


HANDOVERS = Listing(
    "handovers",
    "岗位交接",
    BUSINESS_ROLES,
    _handovers,
    (
        Column("编号", 14, lambda row: row.no),
        Column("单位", 24, lambda row: row.organisation.name),
        Column("岗位", 14, lambda row: row.get_role_display()),
        Column("移交人", 10, lambda row: row.giver.name, is_personal=True),
        Column("接手人", 10, lambda row: row.taker.name, is_personal=True),
        Column("离岗日期", 12, lambda row: row.last_on),
        Column("状态", 12, lambda row: row.get_state_display()),
    ),
)


def _imports(user: User, query: QueryDict) -> Reading:
    rows = (
        Import.objects.visible_to(user).defer("sheets", "plan").select_related("stored_file", "uploaded_by")
    )
    counted = rows.annotate(
        done=Count("rows", filter=Q(rows__state="done")),
        refused=Count("rows", filter=Q(rows__state="refused")),
    )
    return Reading(counted.order_by("-pk"))


def title_of(row: Import) -> str:
    """What an import brings in; empty of what the county keeps no longer."""
    kind = kinds.find(row.what)
    return kind.title if kind is not None else ""


IMPORTS = Listing(
    "imports",
    "导入",
    KEEPERS | {Role.SYSTEM_ADMIN},
    _imports,
    (
        Column("文件", 30, lambda row: row.stored_file.original_name),
        Column("内容", 20, title_of),
        Column("上传人", 10, lambda row: row.uploaded_by.name, is_personal=True),
        Column("上传日期", 12, lambda row: day_of(row.uploaded_at)),
        Column("状态", 10, lambda row: row.get_state_display()),
        Column("已办（个）", 10, lambda row: row.done),
        Column("没有办成（个）", 12, lambda row: row.refused),
    ),
)


def _posts(account: Any) -> str:
    return "；".join(f"{post.organisation.name}，{post.get_role_display()}" for post in account.current_posts)


# Of the two lists below who may have them has them for the persons.
USERS = Listing(
    "users",
    "用户与权限",
    KEEPER_ROLES,
    accounts.read_accounts,
    (
        Column("账号", 18, lambda account: account.username),
        Column("姓名", 10, lambda account: account.name),
        Column("单位和角色", 40, _posts),
        Column("状态", 10, lambda account: "可登录" if account.is_active else "已停用"),
    ),
)


def _changes(line: trail.Line) -> str:
    told = (f"{field}：{' → '.join(filter(None, (before, after)))}" for field, before, after in line.changes)
    return "；".join(told)


AUDIT = Listing(
    "audit",
    "审计日志",
    frozenset({Role.AUDITOR}),
    trail.read,
    (
        Column("记录号", 10, lambda line: line.entry.seq),
        Column("时间", 20, lambda line: f"{timezone.localtime(line.entry.at):%Y-%m-%d %H:%M:%S}"),
        Column("人员", 10, lambda line: line.who),
        Column("角色", 14, lambda line: line.role),
        Column("动作", 20, lambda line: line.action),
        Column("对象", 12, lambda line: line.noun),
        Column("编号", 16, lambda line: line.no),
        Column("单位", 24, lambda line: line.unit),
        Column("改动", 60, _changes),
    ),
)

LISTS = (
    PAPERS,
    REPORTS,
    RETURNS,
    STATISTICS,
    RETURN_TEMPLATES,
    MODEL_CASES,
    BULLETINS,
    QUESTIONS,
    SUGGESTIONS,
    HANDOVERS,
    IMPORTS,
    USERS,
    AUDIT,
)
