"""搜索: one box over units, problems, documents and people, by number, name or pinyin.

Each source looks through what exists for the person and no further, by the filter of its own list: a number
that a list finds is found here, and the other way round. A source without a page for the person is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.http import QueryDict
from django.urls import reverse

from inspections.filters import CheckFilter, ProblemFilter, UnitFilter
from inspections.filters.bulletins import BulletinFilter
from inspections.filters.papers import PaperFilter
from inspections.filters.reports import ReportFilter
from inspections.filters.visits import VisitFilter
from inspections.models import Bulletin, Paper, RectificationTask, SelfCheck, SupervisionReport, Visit
from shuangjian.accounts.list_filters import ListFilter
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import BUSINESS_ROLES, KEEPER_ROLES, Role
from shuangjian.accounts.selectors import accounts, colleagues
from shuangjian.dates import cn_short
from shuangjian.navigation import page_url

MOST_WORDS = 60  # characters
FIRST_ROWS = 5  # of each source, while none is chosen
READERS = BUSINESS_ROLES | KEEPER_ROLES


@dataclass(frozen=True)
class Hit:
    """One thing that was found: what it is called, what else tells it apart, where it is."""

    title: str
    note: str
    state: str
    url: str


@dataclass(frozen=True)
class Source:
    """One kind of thing. ``page``: the route of one of its rows; who may open that finds them here.

    People have no page of their own: whoever has a post in the work finds those of his units.
    """

    key: str
    label: str
    page: str
    rows: Callable[[User, str], QuerySet[Any]]
    hit: Callable[[Any, User], Hit]

    def admits(self, user: User) -> bool:
        return bool(page_url(self.page, user, "0")) if self.page else user.has_role(*BUSINESS_ROLES)


@dataclass(frozen=True)
class Group:
    """What one source found: how many there are, and the first of them."""

    source: Source
    count: int
    hits: list[Hit]


def words_from(query: QueryDict) -> str:
    """What was typed, full-width digits and letters made plain: 「２０２６－０１４７」 is a number too."""
    return unicodedata.normalize("NFKC", query.get("q", "").replace("\x00", "")).strip()[:MOST_WORDS]


def sources_for(user: User) -> list[Source]:
    """The sources of which the person can open what they find."""
    return [source for source in SOURCES if source.admits(user)]


def groups_of(user: User, words: str) -> list[Group]:
    """What every source finds, one query each; those without anything too."""
    return [_group(source, user, words) for source in sources_for(user)]


def _group(source: Source, user: User, words: str) -> Group:
    counted = source.rows(user, words).annotate(found_in_all=Window(Count("pk")))
    rows = list(counted[:FIRST_ROWS])
    return Group(source, rows[0].found_in_all if rows else 0, [source.hit(row, user) for row in rows])


# --- The sources --------------------------------------------------------------
def _by(chosen: type[ListFilter], rows: QuerySet[Any], words: str, **more: str) -> QuerySet[Any]:
    """``rows`` narrowed as the list's own box narrows them."""
    asked = QueryDict(mutable=True)
    asked.update({"q": words, **more})
    return chosen(asked, queryset=rows).qs


def _units(user: User, words: str) -> QuerySet[Any]:
    rows = Organisation.objects.visible_to(user).units().select_related("township", "area")
    return _by(UnitFilter, rows, words, status="all").order_by("pinyin_key", "pk")


def _unit(unit: Organisation, user: User) -> Hit:
    place = [one.name for one in (unit.township, unit.area) if one is not None]
    note = "　".join([unit.code, *place])
    return Hit(unit.name, note, unit.get_status_display(), reverse("unit", args=[unit.code]))


def _problems(user: User, words: str) -> QuerySet[Any]:
    rows = RectificationTask.objects.visible_to(user).latest_rounds()
    rows = rows.select_related("problem__organisation", "problem__rule")
    return _by(ProblemFilter, rows, words).order_by("-problem__no")


def _problem(task: RectificationTask, user: User) -> Hit:
    problem = task.problem
    title = f"{problem.no}　{problem.organisation.name}　第{problem.rule.number}条"
    return Hit(title, problem.fact, task.get_state_display(), reverse("problem", args=[problem.no]))


def _checks(user: User, words: str) -> QuerySet[Any]:
    rows = SelfCheck.objects.visible_to(user).select_related("organisation", "round")
    return _by(CheckFilter, rows, words).order_by("-no")


def _check(check: SelfCheck, user: User) -> Hit:
    title = f"{check.no}　{check.organisation.name}"
    return Hit(title, check.round.title, check.get_state_display(), reverse("check", args=[check.no]))


def _visits(user: User, words: str) -> QuerySet[Any]:
    rows = Visit.objects.visible_to(user).select_related("organisation")
    return _by(VisitFilter, rows, words).order_by("-planned_on", "-no")


def _visit(visit: Visit, user: User) -> Hit:
    title = f"{visit.no}　{visit.organisation.name}"
    note = f"{visit.get_kind_display()}，{cn_short(visit.planned_on)}"
    note += f"，现场检查记录{visit.record_no}" if visit.record_no else ""
    return Hit(title, note, visit.get_state_display(), reverse("visit", args=[visit.no]))


def _papers(user: User, words: str) -> QuerySet[Any]:
    rows = Paper.objects.visible_to(user).select_related("organisation").defer("data", "sections")
    return _by(PaperFilter, rows, words).order_by("-no")


def _paper(paper: Paper, user: User) -> Hit:
    title = f"{paper.document_no or paper.no}　{paper.title}"
    return Hit(title, paper.organisation.name, paper.state_label, reverse("paper", args=[paper.no]))


def _reports(user: User, words: str) -> QuerySet[Any]:
    rows = SupervisionReport.objects.visible_to(user).select_related("term").defer("data", "sections")
    return _by(ReportFilter, rows, words).order_by("-no")


def _report(report: SupervisionReport, user: User) -> Hit:
    title = f"{report.document_no or report.no}　{report.title}"
    return Hit(title, report.term.short_title, report.state_label, reverse("report", args=[report.no]))


def _bulletins(user: User, words: str) -> QuerySet[Any]:
    rows = Bulletin.objects.visible_to(user).defer("body")
    return _by(BulletinFilter, rows, words).order_by("-pk")


def _bulletin(bulletin: Bulletin, user: User) -> Hit:
    note = f"{cn_short(bulletin.published_at)}发布" if bulletin.published_at else ""
    title = f"{bulletin.no}　{bulletin.title}"
    return Hit(title, note, bulletin.get_state_display(), reverse("bulletin", args=[bulletin.no]))


def _person(post: Membership, user: User) -> Hit:
    unit = post.organisation
    url = page_url("unit", user, unit.code) if unit.is_unit else ""
    return Hit(post.user.name, unit.name, post.title or Role(post.role).label, url)


def _accounts(user: User, words: str) -> QuerySet[Any]:
    return accounts(words=words, state="all")


def _account(person: User, user: User) -> Hit:
    posts = "、".join(f"{post.organisation.name}{Role(post.role).label}" for post in person.current_posts)  # type: ignore[attr-defined]
    state = "可登录" if person.is_active else "已停用"
    return Hit(f"{person.name}　{person.username}", posts, state, reverse("user", args=[person.username]))


SOURCES = (
    Source("units", "单位", "unit", _units, _unit),
    Source("problems", "问题", "problem", _problems, _problem),
    Source("checks", "自查", "check", _checks, _check),
    Source("visits", "督导", "visit", _visits, _visit),
    Source("papers", "公文", "paper", _papers, _paper),
    Source("reports", "报告", "report", _reports, _report),
    Source("bulletins", "通知公告", "bulletin", _bulletins, _bulletin),
    Source("people", "人员", "", colleagues, _person),
    Source("accounts", "账号", "user", _accounts, _account),
)
