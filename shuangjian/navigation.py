"""What frames every page: the menu of a role, the person, the look he chose, the county's own words.

A menu shows only what exists and what the person may open: each item is looked up in the URL table and asked
for its access declaration. Badges come from the apps that know the numbers (``register_badge``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, get_urlconf, resolve, reverse
from django.utils.functional import cached_property

from shuangjian import clock
from shuangjian.accounts import selectors, sessions
from shuangjian.accounts.access import Access, declaration_of
from shuangjian.accounts.models import County
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit

PORTAL_NAME = "双减工作平台"  # until the county has given its own
MOST_ITEMS = 8  # of the top bar, by the guidance for government portals; with more the last one is 「更多」
ON_THE_PHONE = 3  # items of the bottom bar; the rest is behind 「更多」


# --- Look: one cookie, words from a short list ----------------------------------------------------
LOOK_COOKIE = "look"
LOOK_COOKIE_AGE = 400 * 24 * 3600
THEMES = {"auto": "随系统", "light": "浅色", "dark": "深色", "contrast": "高对比"}
SIZES = {"normal": "标准", "elder": "大字"}
KEYS = {"on": "开", "off": "关"}


@dataclass(frozen=True)
class Look:
    """How a person wants pages to look; the first of each list when nothing was chosen."""

    theme: str = "auto"
    size: str = "normal"
    keys: str = "on"

    @classmethod
    def read(cls, raw: str) -> Look:
        """From the cookie's text; unknown words are passed over."""
        words = raw.split(".")[:8]

        def chosen(options: dict[str, str], default: str) -> str:
            return next((word for word in words if word in options), default)

        keys = "off" if "nokeys" in words else "on"
        return cls(theme=chosen(THEMES, "auto"), size=chosen(SIZES, "normal"), keys=keys)

    def write(self) -> str:
        """The cookie's text."""
        return ".".join([self.theme, self.size, "nokeys" if self.keys == "off" else "keys"])

    @property
    def classes(self) -> str:
        """Classes of ``<html>``; none for the theme of the system, which the style sheet then follows."""
        return " ".join(word for word in (self.theme, self.size) if word not in ("auto", "normal"))


# --- Menu ------------------------------------------------------------
@dataclass(frozen=True)
class Entry:
    """A line of a role's menu. ``of_unit`` addresses the page of the person's own unit."""

    label: str
    url_name: str
    of_unit: bool = False


DESK = Entry("待办", "desk")
CHECKS = Entry("自查", "checks")
PROBLEMS = Entry("问题整改", "problems")
VISITS = Entry("督导", "visits")
BOARD = Entry("工作看板", "board")
LEDGER = Entry("台账", "ledger")
ATTAINMENT = Entry("达标情况", "attainment")
GOALS = Entry("各学期指标", "goals")
OWN_ATTAINMENT = Entry("达标情况", "attainment-unit", of_unit=True)
REVIEWS = Entry("审核", "reviews")
ROUNDS = Entry("自查批次", "rounds")
UNITS = Entry("单位", "units")
COMPLAINTS = Entry("举报和反映", "complaints")
INQUIRIES = Entry("情况核实", "inquiries")
REGISTERS = Entry("登记档案", "registers")
DOUBTS = Entry("数据疑点", "doubts")
PATTERNS = Entry("研判提示", "patterns")
LEADS = Entry("线索点", "leads")
BURDEN = Entry("减负台账", "burden")
SURVEYS = Entry("家长问卷", "surveys")
REPORTS = Entry("报告", "reports")
PAPERS = Entry("公文", "papers")
RETURNS = Entry("上报", "returns")
BULLETINS = Entry("通知公告", "bulletins")
SANCTIONS = Entry("约谈、通报", "sanctions")
MODELS = Entry("典型案例", "model-cases")
DISCLOSURES = Entry("名单和通报公开", "disclosures")
PLAN = Entry("实施方案", "plan")
RULES = Entry("减负三十条", "rules")
AUDIT = Entry("审计日志", "audit")
USERS = Entry("用户与权限", "users")
GRANTS = Entry("角色申请", "grants")
SETTINGS = Entry("设置", "settings")
HELP = Entry("帮助", "help")

# 帮助 stands in the corner of every page of somebody who signed in (ux.md §1.1), so no staff menu has it.
_SCHOOL = (
    DESK,
    CHECKS,
    PROBLEMS,
    PAPERS,
    INQUIRIES,
    BULLETINS,
    Entry("本校档案", "unit", of_unit=True),
    OWN_ATTAINMENT,
    SURVEYS,
    BURDEN,
    MODELS,
    PLAN,
    RULES,
)
_INSTITUTION = (
    DESK,
    CHECKS,
    PROBLEMS,
    PAPERS,
    INQUIRIES,
    BULLETINS,
    Entry("机构信息", "unit", of_unit=True),
    OWN_ATTAINMENT,
    BURDEN,
    MODELS,
    PLAN,
    RULES,
)
_INSPECTOR = (Entry("今日", "field"), VISITS, REVIEWS, PROBLEMS, UNITS)
_LAST_OF_COUNTY = (ATTAINMENT, GOALS, SURVEYS, SANCTIONS, DISCLOSURES, BULLETINS, BURDEN, MODELS, PLAN, RULES)
MENUS: dict[str, tuple[Entry, ...]] = {
    Role.TASK_FORCE: (
        DESK,
        REVIEWS,
        BOARD,
        LEDGER,
        PROBLEMS,
        ROUNDS,
        VISITS,
        UNITS,
        COMPLAINTS,
        REPORTS,
        PAPERS,
        RETURNS,
        DOUBTS,
        PATTERNS,
        REGISTERS,
        LEADS,
        *_LAST_OF_COUNTY,
    ),
    Role.SUPERVISION_OFFICE: (
        DESK,
        REVIEWS,
        BOARD,
        VISITS,
        LEDGER,
        PROBLEMS,
        UNITS,
        REPORTS,
        PAPERS,
        RETURNS,
        CHECKS,
        ROUNDS,
        DOUBTS,
        PATTERNS,
        REGISTERS,
        LEADS,
        *_LAST_OF_COUNTY,
    ),
    Role.LEADER: (
        Entry("待签", "desk"),
        REVIEWS,
        Entry("一页纸", "board-page"),
        LEDGER,
        PROBLEMS,
        REPORTS,
        PAPERS,
        RETURNS,
        UNITS,
        DOUBTS,
        PATTERNS,
        REGISTERS,
        LEADS,
        COMPLAINTS,
        VISITS,
        ROUNDS,
        *_LAST_OF_COUNTY,
    ),
    Role.AREA_INSPECTOR: (
        *_INSPECTOR,
        PAPERS,
        DOUBTS,
        REGISTERS,
        LEADS,
        ATTAINMENT,
        SURVEYS,
        BURDEN,
        MODELS,
        PLAN,
        RULES,
    ),
    Role.TEAM_INSPECTOR: (*_INSPECTOR, REGISTERS, ATTAINMENT, SURVEYS, BURDEN, PLAN, RULES),
    Role.SCHOOL_ADMIN: _SCHOOL,
    Role.HEAD: _SCHOOL,
    Role.INSTITUTION_ADMIN: _INSTITUTION,
    Role.MANAGER: _INSTITUTION,
    Role.OFFICE_STAFF: (DESK, CHECKS, PROBLEMS, COMPLAINTS, INQUIRIES, BURDEN, PLAN, RULES),
    Role.PARTNER: (DESK, LEADS, PROBLEMS, PAPERS, BURDEN, PLAN, RULES),
    Role.SYSTEM_ADMIN: (USERS, GRANTS, SETTINGS, AUDIT, RULES),
    Role.SECURITY_ADMIN: (USERS, GRANTS, AUDIT, RULES),
    Role.AUDITOR: (AUDIT, RULES),
}
PUBLIC_MENU: tuple[Entry, ...] = (
    Entry("首页", "home"),
    RULES,
    Entry("督导结果", "results"),
    Entry("典型案例", "models"),
    Entry("我要反映", "complain"),
    Entry("进度查询", "track"),
    HELP,
)

_badges: dict[str, Callable[[Any], int]] = {}
_MOST_COUNTS = 1000  # kept in a process
Stand = tuple[str | None, date]
_counted: dict[tuple[str, int], tuple[Stand, Any]] = {}


def register_badge(url_name: str, count: Callable[[Any], int]) -> None:
    """Let an app say how many things wait behind a menu item: ``count(user)``. Call in ready()."""
    _badges[url_name] = count


def stand_now() -> Stand:
    """The trail's head and the day: while both are the same, no badge has changed."""
    return audit.head_hash(), clock.today()


def badge(url_name: str, user: Any, stand: Stand | None = None) -> int:
    """The number beside a menu item, as ``count(user)`` would give it now (at ``stand``, if it is known).

    Every page carries it, and counting a queue costs more than most pages.
    """
    number: int = kept(url_name, user, partial(_badges[url_name], user), stand)
    return number


def kept(key: str, user: Any, count: Callable[[], Any], stand: Stand | None = None) -> Any:
    """What ``count`` says of the work to ``user``, counted anew only when something may have changed.

    Each change of state writes an audit entry in its own transaction: while the trail has the same head, on
    the same day, nothing changed. Nobody may alter what is returned.
    """
    stand = stand or stand_now()
    known = _counted.get((key, user.pk))
    if known is not None and known[0] == stand:
        return known[1]
    if len(_counted) >= _MOST_COUNTS:
        _counted.clear()
    counted = count()
    _counted[key, user.pk] = stand, counted
    return counted


def forget() -> None:
    """Count anew from now on: for tests, whose trail begins again with the same head."""
    _counted.clear()


@dataclass(frozen=True)
class MenuItem:
    """One item as the templates print it."""

    label: str
    url: str
    is_current: bool
    badge: int = 0


@dataclass(frozen=True)
class MenuPart:
    """A menu as a bar shows it: what stands in it, and what is behind its 「更多」."""

    items: list[MenuItem]
    more: list[MenuItem]

    @classmethod
    def of(cls, menu: list[MenuItem], most: int) -> MenuPart:
        return cls(menu[:most], menu[most:])

    @property
    def more_is_current(self) -> bool:
        return any(item.is_current for item in self.more)


@lru_cache(maxsize=256)
def _page(urlconf: str | None, url_name: str, argument: str) -> tuple[str, Access | None] | None:
    """(address, what its view declares) of a named page, None where there is no such page."""
    try:
        url = reverse(url_name, args=[argument] if argument else None)
        return url, declaration_of(resolve(url).func)
    except (NoReverseMatch, Resolver404):
        return None


def page_url(url_name: str, user: Any = None, argument: str = "") -> str:
    """The address of a page if it exists and the person may open it, else an empty text."""
    found = _page(get_urlconf(), url_name, argument)
    if found is None:
        return ""
    url, declared = found
    return url if declared is not None and declared.admits(user) else ""


def _entries_for(user: Any) -> list[Entry]:
    """The menus of all roles held, in the order of the table of menus, each page once."""
    entries: dict[str, Entry] = {}
    for role, menu in MENUS.items():
        if role in user.roles:
            for entry in menu:
                entries.setdefault(entry.url_name, entry)
    if user.sees_county and "ledger" in entries and page_url("ledger", user):
        entries.pop("problems", None)  # the ledger is the county's list of problems
    return list(entries.values())


def _own_unit_code(user: Any) -> str:
    return next((post.organisation.code for post in user.posts if post.organisation.is_unit), "")


def menu_for(user: Any, path: str) -> list[MenuItem]:
    """The person's menu; current is the longest address that ``path`` begins with."""
    signed_in = user.is_authenticated
    found: list[tuple[Entry, str]] = []
    for entry in _entries_for(user) if signed_in else PUBLIC_MENU:
        argument = _own_unit_code(user) if entry.of_unit else ""
        if entry.of_unit and not argument:
            continue
        url = page_url(entry.url_name, user, argument)
        if url:
            found.append((entry, url))
    fits = [url for _, url in found if path == url or (url != "/" and path.startswith(url))]
    current = max(fits, key=len, default=None)
    has_badge = signed_in and any(entry.url_name in _badges for entry, _ in found)
    stand = stand_now() if has_badge else None
    return [
        MenuItem(
            label=entry.label,
            url=url,
            is_current=url == current,
            badge=badge(entry.url_name, user, stand) if has_badge and entry.url_name in _badges else 0,
        )
        for entry, url in found
    ]


# The pages that the frame itself links
FRAME_LINKS = (
    "help", "me", "me-password", "me-session", "notices", "bulletins", "jobs", "printouts", "rules", "login",
    "logout", "desk", "plan", "sitemap", "suggestion-new", "suggestions", "handovers", "questions", "status",
    "demo-day", "accessibility", "results", "complain", "track", "search",
)  # fmt: skip


# --- Frame ------------------------------------------------------------
class Frame:
    """Everything around a page's own content. Lazy: a fragment or an error page pays for what it prints."""

    themes = THEMES
    sizes = SIZES
    keys = KEYS

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.look = Look.read(request.COOKIES.get(LOOK_COOKIE, ""))

    @property
    def signed_in(self) -> bool:
        return bool(self.user and self.user.is_authenticated)

    @property
    def session_left(self) -> sessions.Remaining | None:
        """For how long the person stays signed in, where he is."""
        return sessions.remaining(self.request) if self.signed_in else None

    @cached_property
    def county(self) -> County | None:
        return selectors.county()

    @property
    def portal_name(self) -> str:
        return self.county.portal_name if self.county and self.county.portal_name else PORTAL_NAME

    @cached_property
    def menu(self) -> list[MenuItem]:
        return menu_for(self.user, self.request.path) if self.user is not None else []

    @property
    def top(self) -> MenuPart:
        """The bar of a desktop."""
        is_long = len(self.menu) > MOST_ITEMS
        return MenuPart.of(self.menu, MOST_ITEMS - 1 if is_long else MOST_ITEMS)

    @property
    def bar(self) -> MenuPart:
        """The phone's bottom bar."""
        return MenuPart.of(self.menu, ON_THE_PHONE)

    @cached_property
    def unit_name(self) -> str:
        """Where the person acts, said before his name: 「城关小学 李某」."""
        post = self.user.main_post if self.signed_in and self.user else None
        return post.organisation.name if post else ""

    @property
    def here(self) -> str:
        """Where a switch of look comes back to: this page, if it can simply be asked for again."""
        return self.request.get_full_path() if self.request.method == "GET" else ""

    @cached_property
    def now(self) -> datetime:
        """The county's time: printed on paper, and said on every page of a demonstration."""
        return clock.now()

    @property
    def weekday(self) -> str:
        """星期一"""
        return "星期" + "一二三四五六日"[self.now.weekday()]

    @property
    def address(self) -> str:
        return self.request.build_absolute_uri()

    @property
    def is_demo(self) -> bool:
        return bool(settings.DEMO_MODE)

    @property
    def is_insecure_lan(self) -> bool:
        """Served to other machines without https: nothing can be kept on a phone, and every page says so."""
        return bool(getattr(settings, "INSECURE_LAN", False))

    @cached_property
    def links(self) -> dict[str, str]:
        """Addresses of the frame's own links, empty where the page doesn't exist or isn't this person's."""
        return {name.replace("-", "_"): page_url(name, self.user) for name in FRAME_LINKS}


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` for every template."""
    return {"frame": Frame(request)}
