"""How much the main pages cost beside a bare signed-in page, and whether queries grow with rows.

``worst_page_vs_bare``: CPU time of one request (this process, through the whole middleware) of the dearest
main page ÷ that of a page with the frame alone, for the same person in the same run. ``worst_queries``: the
most queries of a main page. ``queries_growth``: the worst ratio of a list page's queries at 200 rows to
those at 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bench.measuring import county, cpu_seconds

ROUNDS = 15
FEW, MANY = 10, 200


@dataclass(frozen=True)
class Page:
    """A page as one person opens it."""

    who: str
    path: str

    @property
    def key(self) -> str:
        """desk_zhuanban: how the page is called in the results."""
        return f"{self.path.strip('/').split('/')[0]}_{self.who}"


def main_pages() -> Iterator[Page]:
    """What people open all day, each with the richest row there is."""
    from django.db.models import Count

    from inspections.models import Problem, SelfCheck, SupervisionReport, Visit
    from shuangjian.accounts.models import Organisation

    yield from (Page(who, "/desk/") for who in ("chengguan", "duxue1", "zhuanban", "dudao", "lingdao"))
    yield from (
        Page("zhuanban", path) for path in ("/problems/", "/checks/", "/units/", "/rounds/", "/visits/")
    )
    check = SelfCheck.objects.filter(organisation__memberships__user__username="chengguan").first()
    if check is not None:
        yield from (Page("chengguan", f"/checks/{check.no}/{tail}") for tail in ("", "4/", "review/"))
    problem = Problem.objects.annotate(n=Count("tasks__evidence")).order_by("-n").first()
    if problem is not None:
        yield Page("zhuanban", f"/problems/{problem.no}/")
    visit = Visit.objects.filter(members__user__username="duxue1").order_by("-state").first()
    if visit is not None:
        yield from (Page("duxue1", path) for path in ("/field/", f"/visits/{visit.no}/"))
    unit = Organisation.objects.units().annotate(n=Count("problems")).order_by("-n").first()
    if unit is not None:
        yield Page("zhuanban", f"/units/{unit.code}/")
    report = SupervisionReport.objects.order_by("-pk").first()
    if report is not None:
        yield from (Page("dudao", path) for path in ("/reports/", f"/reports/{report.no}/"))


LISTS = [
    Page(who, path)
    for who, paths in {
        "chengguan": ("/desk/", "/problems/", "/checks/", "/visits/"),
        "zhuanban": ("/desk/", "/problems/", "/checks/", "/visits/", "/units/", "/reports/", "/rounds/"),
        "duxue1": ("/field/", "/problems/", "/visits/"),
    }.items()
    for path in paths
]


class Rows:
    """Adds rows of every listed noun to one school, without the workflows: only their number matters here."""

    def __init__(self) -> None:
        from inspections.models import Visit
        from shuangjian.accounts.models import Organisation, User
        from shuangjian.policy.selectors import current_rulebook, current_term, rules_for

        self.unit = Organisation.objects.get(memberships__user__username="chengguan")
        self.person = User.objects.get(username="zhuanban")
        self.inspector = User.objects.get(username="duxue1")
        self.rules = list(rules_for("school"))
        self.book = current_rulebook()
        self.term = current_term()
        self.kinds = list(Visit.Kind)
        self.count = 0

    def grow_to(self, count: int) -> None:
        from django.db import transaction

        with transaction.atomic():
            for number in range(self.count, count):
                self._add(number)
        self.count = count

    def _add(self, number: int) -> None:
        from inspections.models import Problem, RectificationTask, Round, SelfCheck, Visit
        from schools.models import School
        from shuangjian import clock
        from shuangjian.accounts.models import Organisation

        today, now = clock.today(), clock.now()
        problem = Problem.objects.create(
            no=f"9999-{number:04d}",
            organisation=self.unit,
            rule=self.rules[number % len(self.rules)],
            fact="测量用的问题",
            origin="county_inspection",
            found_on=today,
            found_by=self.person,
            registered_at=now,
        )
        states = ("planning", "plan_review", "rectifying", "verifying")
        RectificationTask.objects.create(
            problem=problem,
            state=states[number % len(states)],
            due_on=today + timedelta(days=number % 30),
            created_at=now,
        )
        round_ = Round.objects.create(
            title=f"测量{number}",
            term=self.term,
            rulebook=self.book,
            unit_kinds=["school"],
            due_on=today,
            state="published",
            published_at=now,
            created_by=self.person,
        )
        SelfCheck.objects.create(
            no=f"9999-C{number:04d}", round=round_, organisation=self.unit, due_on=today, state="not_started"
        )
        visit = Visit.objects.create(
            no=f"9999-V{number:04d}",
            kind=self.kinds[number % len(self.kinds)],
            organisation=self.unit,
            rulebook=self.book,
            planned_on=today,
            created_by=self.person,
        )
        visit.members.create(user=self.inspector, is_lead=True)
        school = Organisation.objects.create(
            kind="school",
            code=f"99{number:08d}",
            name=f"测量小学{number}",
            area=self.unit.area,
            township=self.unit.township,
        )
        School.objects.create(organisation=school, school_type="primary", grades=[1, 2, 3, 4, 5, 6])


def measure() -> dict[str, float]:
    """See the module's own words. Every page must answer 200, or nothing is measured."""
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    with county(), override_settings(ROOT_URLCONF="bench.bare_urls", DEBUG=False):
        from shuangjian.accounts.models import User

        clients: dict[str, Client] = {}

        def client_of(who: str) -> Client:
            if who not in clients:
                clients[who] = Client()
                clients[who].force_login(
                    User.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend"
                )
            return clients[who]

        def get(page: Page) -> None:
            response = client_of(page.who).get(page.path)
            if response.status_code != 200:
                raise SystemExit(f"{page.path} as {page.who} answered {response.status_code}")

        def queries(page: Page) -> int:
            get(page)
            with CaptureQueriesContext(connection) as seen:
                get(page)
            return len(seen)

        results: dict[str, float] = {}
        ratios: dict[str, float] = {}
        counts: dict[str, int] = {}
        for page in main_pages():
            # The frame before and after each page: the machine's speed drifts, their mean drifts with it.
            bare = Page(page.who, "/bare/")
            before = cpu_seconds(lambda bare=bare: get(bare), rounds=ROUNDS)
            cost = cpu_seconds(lambda page=page: get(page), rounds=ROUNDS)
            after = cpu_seconds(lambda bare=bare: get(bare), rounds=ROUNDS)
            ratios[page.key] = max(ratios.get(page.key, 0), cost / ((before + after) / 2))
            counts[page.key] = max(counts.get(page.key, 0), queries(page))
        rows = Rows()
        rows.grow_to(FEW)
        few = {page: queries(page) for page in LISTS}
        rows.grow_to(MANY)
        growth = {page.key: queries(page) / few[page] for page in LISTS}
        results["worst_page_vs_bare"] = round(max(ratios.values()), 3)
        results["worst_queries"] = max(counts.values())
        results["queries_growth"] = round(max(growth.values()), 3)
        results |= {f"vs_bare_{key}": round(value, 3) for key, value in ratios.items()}
        results |= {f"queries_{key}": value for key, value in counts.items()}
        results |= {f"growth_{key}": round(value, 3) for key, value in growth.items()}
        return results
