"""How much the main pages cost beside a bare signed-in page, what they weigh, and what grows with the rows.

``worst_page_vs_bare``: CPU time of one request (this process, through the whole middleware, compressed) of
the dearest main page ÷ that of a page with the frame alone, for the same person, request by request in turn.
``worst_queries``: the most queries of a main page. ``queries_growth``: the worst ratio of a list's queries at
1,000 rows of every noun to those at 10. ``worst_kilobytes``: the heaviest main page as it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.measuring import county, paired_cpu_seconds
from bench.rows import Rows

ROUNDS = 15
FEW, MANY = 10, 1000
BARE = "/bare/"


@dataclass(frozen=True)
class Page:
    """A page as one person opens it; ``name`` says which, where its address holds a number."""

    who: str
    path: str
    name: str = ""

    @property
    def key(self) -> str:
        """desk_zhuanban: how the page is called in the results."""
        return f"{self.name or self.path.strip('/').replace('/', '_')}_{self.who}"


def main_pages() -> Iterator[Page]:
    """What people open all day, each with the richest row there is."""
    yield from (Page(who, "/desk/") for who in ("chengguan", "zhuanban", "dudao", "lingdao"))
    yield from (Page("zhuanban", path) for path in ("/board/", "/board/table/", "/ledger/", "/reviews/"))
    yield from (Page("zhuanban", path) for path in ("/checks/", "/units/", "/rounds/", "/visits/"))
    yield from (Page("duxue1", path) for path in ("/field/", "/problems/", "/reviews/"))
    yield from (Page("chengguan", path) for path in ("/checks/", "/problems/", "/rules/", "/rules/4/"))
    yield from (Page("lingdao", "/board/page/"), Page("dudao", "/reports/"))
    yield from (Page("xitong", "/settings/users/"), Page("shenji", "/audit/"), Page("zhuanban", "/jobs/"))
    yield from _pages_of_one_row()


def _pages_of_one_row() -> Iterator[Page]:
    from django.db.models import Count

    from inspections.models import Problem, Round, SelfCheck, SupervisionReport, Visit
    from inspections.review_queue import waiting_for
    from shuangjian.accounts.models import Organisation, User

    check = SelfCheck.objects.filter(organisation__memberships__user__username="chengguan").first()
    if check is not None:
        yield Page("chengguan", f"/checks/{check.no}/", "check")
        yield Page("chengguan", f"/checks/{check.no}/4/", "check_rule")
        yield Page("chengguan", f"/checks/{check.no}/review/", "check_review")
    submitted = SelfCheck.objects.filter(state="submitted").first()
    if submitted is not None:
        yield Page("zhuanban", f"/checks/{submitted.no}/", "check_staff")
    round_ = Round.objects.filter(state="published").first()
    if round_ is not None:
        yield Page("zhuanban", f"/rounds/{round_.pk}/", "round")
        yield Page("zhuanban", f"/rounds/{round_.pk}/preview/", "round_preview")
    problem = Problem.objects.annotate(n=Count("tasks__evidence")).order_by("-n", "pk").first()
    if problem is not None:
        yield Page("zhuanban", f"/problems/{problem.no}/", "problem")
    queue = waiting_for(User.objects.get(username="zhuanban"))
    for waiting in [one for one in queue if one.kind != "check"][:1]:  # a check has its own page
        yield Page("zhuanban", waiting.url, "review")
    visits = Visit.objects.filter(members__user__username="duxue1").order_by("-started_at")
    for state, name in (("ongoing", "visit_checklist"), ("confirmed", "visit_record")):
        visit = visits.filter(state=state).first()
        if visit is not None:
            yield Page("duxue1", f"/visits/{visit.no}/", name)
    unit = Organisation.objects.units().annotate(n=Count("problems")).order_by("-n", "pk").first()
    if unit is not None:
        yield Page("zhuanban", f"/units/{unit.code}/", "unit")
    report = SupervisionReport.objects.order_by("-pk").first()
    if report is not None:
        yield Page("dudao", f"/reports/{report.no}/", "report")


LISTS = [
    Page(who, path)
    for who, paths in {
        "chengguan": ("/desk/", "/problems/", "/checks/", "/visits/", "/me/notices/"),
        "zhuanban": (
            "/desk/", "/board/", "/board/table/", "/ledger/", "/reviews/", "/checks/", "/visits/", "/units/",
            "/rounds/", "/jobs/",
        ),
        "lingdao": ("/desk/", "/board/page/"),
        "dudao": ("/reports/", "/reviews/"),
        "duxue1": ("/field/", "/problems/", "/visits/", "/reviews/"),
        "xitong": ("/settings/users/",),
        "shenji": ("/audit/",),
    }.items()
    for path in paths
]  # fmt: skip


class Visitors:
    """Signed-in browsers, one a person, that want their pages compressed as all browsers do."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    def get(self, who: str, path: str) -> bytes:
        from django.test import Client

        from shuangjian.accounts.models import User

        client = self.clients.get(who)
        if client is None:
            client = self.clients[who] = Client(headers={"accept-encoding": "gzip"})
            client.force_login(
                User.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend"
            )
        response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path} as {who} answered {response.status_code}")
        content: bytes = response.content
        return content

    def queries(self, page: Page) -> int:
        """Of a page that was opened before; without the write of 「last seen」, which comes once a minute."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as seen:
                self.get(page.who, page.path)
            counts.append(len(seen))
        return min(counts)


def measure(*, quick: bool = False) -> dict[str, float]:
    """See the module's own words. Every page must answer 200, or nothing is measured."""
    with county("bench.bare_urls"):
        visitors = Visitors()
        costs: dict[str, tuple[float, float]] = {}
        counts: dict[str, int] = {}
        weights: dict[str, float] = {}
        for page in main_pages():
            costs[page.key] = paired_cpu_seconds(
                partial(visitors.get, page.who, BARE),
                partial(visitors.get, page.who, page.path),
                rounds=3 if quick else ROUNDS,
            )
            counts[page.key] = visitors.queries(page)
            weights[page.key] = len(visitors.get(page.who, page.path)) / 1024
        rows = Rows()
        rows.grow_to(FEW)
        few = {page: visitors.queries(page) for page in LISTS}
        rows.grow_to(MANY)
        growth = {page.key: visitors.queries(page) / few[page] for page in LISTS}
    ratios = {key: own / bare for key, (bare, own) in costs.items()}
    results: dict[str, float] = {
        "worst_page_vs_bare": round(max(ratios.values()), 3),
        "worst_queries": max(counts.values()),
        "queries_growth": round(max(growth.values()), 3),
        "worst_kilobytes": round(max(weights.values()), 1),
        "bare_milliseconds": round(1000 * min(bare for bare, _ in costs.values()), 2),
    }
    results |= {f"vs_bare_{key}": round(value, 2) for key, value in ratios.items()}
    results |= {f"milliseconds_{key}": round(1000 * own, 1) for key, (_, own) in costs.items()}
    results |= {f"queries_{key}": value for key, value in counts.items()}
    results |= {f"kilobytes_{key}": round(value, 1) for key, value in weights.items()}
    results |= {f"growth_{key}": round(value, 3) for key, value in growth.items()}
    return results
