"""审核: who finds what in the queue, what a decision there does and where it leads, who comes too late."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections import review_queue
from inspections.models import Extension, RectificationTask, SelfCheck, Visit, VisitMember
from inspections.workflows import rectification
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.roles import Role
from shuangjian.navigation import menu_for
from shuangjian.policy.models import Rulebook, Term
from tests.cast import Cast, person
from tests.inspections.cases import authorise, case_at_a1, case_in, fresh, later, major, red_line
from tests.inspections.checking import check_of, fill, publish
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def queue_of(user: User) -> list[tuple[str, str]]:
    """(kind, number) as the person finds them, in order."""
    return [(row.kind, row.no) for row in review_queue.waiting_for(User.objects.get(pk=user.pk))]


def request_for_time(cast: Cast, *, days: int = 30, before: int = 0, **case: Any) -> RectificationTask:
    task = case_at_a1(cast, "rectifying", **case)
    common: dict[str, Any] = {"task": task, "ground": "works", "words": "改造工程未验收"}
    for _ in range(before):
        Extension.objects.create(
            **common,
            from_on=later(10),
            to_on=task.due_on,
            state="granted",
            asked_by=cast.head_a1,
            asked_at=clock.now(),
            decided_by=cast.task_force,
            decided_at=clock.now(),
        )
    Extension.objects.create(
        **common, from_on=task.due_on, to_on=later(days), asked_by=cast.head_a1, asked_at=clock.now()
    )
    return fresh(task)


# --- Who finds what -------------------------------------------------------------------------------------

# What is filed → in whose queue it stands, as which kind; nobody else finds it.
FOUND: list[tuple[str, dict[str, Any], str, set[str]]] = [
    ("plan_review", {}, "plan", {"task_force", "inspector_a"}),
    (
        "plan_review",
        {"origin": "government_supervision"},
        "plan",
        {"task_force", "inspector_a", "supervision"},
    ),
    ("verifying", {}, "verify", {"task_force", "inspector_a"}),
    ("verifying", {"prohibition": "red", "found_by": "task_force"}, "verify", {"inspector_a"}),
    ("verifying", {"prohibition": "严禁", "found_by": "inspector_a"}, "verify", {"task_force"}),
    (
        "verifying",
        {"prohibition": "不得", "found_by": "inspector_a"},
        "verify",
        {"task_force", "inspector_a"},
    ),
    ("verified", {}, "close", {"task_force"}),
    ("verified", {"origin": "government_supervision"}, "close", {"supervision"}),
    ("verified", {"prohibition": "red"}, "close", {"leader"}),
    ("verified", {"prohibition": "red", "found_by": "leader"}, "close", set()),
    ("verified", {"origin": "superior"}, "close", set()),
    ("verified", {"verified_by": "task_force"}, "close", set()),
    ("planning", {}, "plan", set()),
    ("rectifying", {}, "plan", set()),
    ("closed", {}, "close", set()),
]


@pytest.mark.parametrize(("state", "case", "kind", "whose"), FOUND)
def test_who_finds_what(cast: Cast, state: str, case: dict[str, Any], kind: str, whose: set[str]) -> None:
    said = dict(case)
    if "prohibition" in said:
        said["prohibition"] = red_line() if said["prohibition"] == "red" else major(said["prohibition"])
    for who in ("found_by", "verified_by"):
        if who in said:
            said[who] = cast.people[said[who]]
    task = case_at_a1(cast, state, **said)
    found = {name: queue_of(user) for name, user in cast.people.items()}
    assert {name: rows for name, rows in found.items() if rows} == {name: [(kind, task.no)] for name in whose}


@pytest.mark.parametrize(
    ("days", "before", "decider"),
    [
        (30, 0, "task_force"),
        (90, 0, "task_force"),
        (91, 0, "leader"),
        (30, 1, "task_force"),
        (30, 2, "leader"),
    ],
)
def test_a_request_for_time_stands_with_whoever_decides_it(
    cast: Cast, days: int, before: int, decider: str
) -> None:
    task = request_for_time(cast, days=days, before=before)
    found = {name: queue_of(user) for name, user in cast.people.items()}
    assert {name: rows for name, rows in found.items() if rows} == {decider: [("extension", task.no)]}


def test_an_inspector_finds_his_area_and_the_units_he_is_visiting(cast: Cast, policy: Rulebook) -> None:
    task = case_at_a1(cast, "plan_review")
    case_in("plan_review", unit=cast.b1, found_by=cast.supervision, planned_by=cast.clerk_b1)
    assert queue_of(cast.inspector_a) == [("plan", task.no)]
    assert queue_of(cast.team_inspector) == []
    visit = Visit.objects.create(
        no="2026-V0001",
        organisation=cast.a1,
        rulebook=policy,
        planned_on=clock.today(),
        created_by=cast.supervision,
        state="ongoing",
    )
    VisitMember.objects.create(visit=visit, user=cast.team_inspector)
    assert queue_of(cast.team_inspector) == [("plan", task.no)]


MOVE_OF = {
    "plan": "review_plan",
    "verify": "verify_task",
    "close": "close_task",
    "extension": "decide_extension",
}


def test_the_queue_and_the_rights_agree(cast: Cast) -> None:
    """Whatever stands in a queue the person may decide; what he may decide of his kind stands there."""
    lately = person("lately", "曾任职", Role.TASK_FORCE, cast.county)
    Membership.objects.create(
        user=lately, organisation=cast.a1, role=Role.HEAD, from_on=date(2020, 1, 1), to_on=later(-100)
    )
    everybody = [*cast.people.values(), lately]
    people = {"found_by": cast.task_force, "planned_by": cast.inspector_a, "verified_by": cast.leader}
    for state in ("plan_review", "verifying", "verified"):
        for origin in ("county_inspection", "government_supervision", "regular_supervision"):
            for prohibition in (None, red_line(), major("严禁")):
                case_at_a1(cast, state, origin=origin, prohibition=prohibition)
        for key, user in people.items():
            case_at_a1(cast, state, **{key: user})
    for before in (0, 1):
        request_for_time(cast, before=before)
    tasks = list(RectificationTask.objects.select_related("problem__organisation", "problem__prohibition"))
    states = {"plan": "plan_review", "verify": "verifying", "close": "verified"}
    compared = 0
    for user in everybody:
        found = set(queue_of(user))
        for kind, move in MOVE_OF.items():
            for task in tasks:
                waits = (
                    task.pending_extension is not None if kind == "extension" else task.state == states[kind]
                )
                may = waits and user.has_perm(f"inspections.{move}", task)
                stands = (kind, task.no) in found
                assert may or not stands, (user, kind, task)
                owns = user.has_role(Role.TASK_FORCE, Role.LEADER, Role.AREA_INSPECTOR)
                if owns and may:
                    assert stands, (user, kind, task)
                    compared += 1
    assert compared > 50


# --- The page ------------------------------------------------------------------------------------------


@pytest.mark.pages
def test_the_list_its_tabs_and_the_badge_count_the_same(cast: Cast, term: Term) -> None:
    publish(cast, term)
    for unit, clerk, head in ((cast.a1, cast.clerk_a1, cast.head_a1),):
        check = check_of(unit)
        fill(check, clerk)
        from inspections.workflows import self_check

        self_check.confirm(check_id=check.pk, actor=head)
    for state in ("plan_review", "verifying", "verified"):
        case_at_a1(cast, state)
    request_for_time(cast)
    for name in ("task_force", "supervision", "leader", "inspector_a", "team_inspector"):
        user = User.objects.get(pk=cast.people[name].pk)
        answer = signed_in(user).get("/reviews/")
        assert answer.status_code == 200
        shown = len(answer.context["page_obj"].object_list)
        tabs = {tab.label: tab.count for tab in answer.context["tabs"]}
        badge = next(item.badge for item in menu_for(user, "/reviews/") if item.url == "/reviews/")
        assert shown == tabs.pop("全部") == badge == sum(tabs.values()) == review_queue.count_for(user), name
        for kind, one in review_queue.KINDS.items():
            if one.label in tabs:
                rows = signed_in(user).get(f"/reviews/?tab={kind}").context["page_obj"].object_list
                assert len(rows) == tabs[one.label]
    assert queue_of(cast.task_force)[0][0] in review_queue.KINDS
    assert {kind for kind, _ in queue_of(cast.task_force)} == set(review_queue.KINDS)


def test_the_earliest_date_stands_first_whatever_kind_it_is(cast: Cast) -> None:
    late, soon = case_at_a1(cast, "verifying"), case_at_a1(cast, "plan_review")
    RectificationTask.objects.filter(pk=late.pk).update(applied_at=clock.now() - (later(30) - clock.today()))
    RectificationTask.objects.filter(pk=soon.pk).update(plan_due_on=later(1))
    wait = request_for_time(cast)  # 3 working days from today
    assert queue_of(cast.task_force) == [("verify", late.no), ("plan", soon.no), ("extension", wait.no)]


def test_an_empty_queue_says_so(cast: Cast) -> None:
    assert "没有待审事项" in text_of(signed_in(cast.leader).get("/reviews/"))
    assert "这一类没有待审事项" in text_of(signed_in(cast.leader).get("/reviews/?tab=close"))


def test_a_plan_stands_beside_the_one_that_was_returned(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    rectification.return_plan(task_id=task.pk, actor=cast.task_force, version=None, words="请写明谁来抽查")
    measure = PlannedMeasure(text="教导处每周抽查", person="黄勇", due_on=later(9))
    rectification.submit_plan(task_id=task.pk, actor=cast.clerk_a1, version=None, measures=[measure])
    page = signed_in(cast.task_force).get(f"/reviews/plan/{task.no}/")
    sides = page.context["sides"]
    assert [row.text for row in sides.earlier_measures] == ["年级组统筹作业总量"]
    assert [row.text for row in sides.measures] == ["教导处每周抽查"]
    text = text_of(page)
    assert text.index("请写明谁来抽查") < text.index("本次计划") < text.index("教导处每周抽查")


def test_what_came_after_a_return_is_marked(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    common: dict[str, Any] = {"task_id": task.pk, "version": None}
    with clock.at(clock.now() + (later(1) - clock.today())):
        rectification.send_back(actor=cast.inspector_a, missing="家长抽查记录", missing_by=later(4), **common)
    with clock.at(clock.now() + (later(2) - clock.today())):
        rectification.add_evidence(actor=cast.clerk_a1, note="抽查了12名家长", **common)
        rectification.apply(actor=cast.clerk_a1, statement="已补齐", **common)
        page = signed_in(cast.inspector_a).get(f"/reviews/verify/{task.no}/")
    sides = page.context["sides"]
    new = [row.note for one in sides.filed for row in one.rows if row.pk in sides.new_rows]
    assert new == ["抽查了12名家长"]
    assert "家长抽查记录" in text_of(page)


def forms_of(page: Any) -> list[str]:
    return re.findall(r'<form method="post" action="(/problems/[^"]+)"', page.content.decode())


@pytest.mark.parametrize(
    ("kind", "state", "case", "who", "moves"),
    [
        ("plan", "plan_review", {}, "inspector_a", ["approve-plan", "return-plan"]),
        ("verify", "verifying", {}, "task_force", ["verify", "send-back"]),
        (
            "verify",
            "verifying",
            {"origin": "regular_supervision"},
            "inspector_a",
            ["verify-and-close", "verify", "send-back"],
        ),
        ("close", "verified", {}, "task_force", ["close", "send-back"]),
    ],
)
def test_the_decisions_that_are_open_stand_in_place(
    cast: Cast, kind: str, state: str, case: dict[str, Any], who: str, moves: list[str]
) -> None:
    authorise(cast.inspector_a, cast.area_a)
    task = case_at_a1(cast, state, **case)
    page = signed_in(cast.people[who]).get(f"/reviews/{kind}/{task.no}/")
    assert forms_of(page) == [f"/problems/{task.no}/{move}/" for move in moves]
    html = page.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert main.count('class="btn p"') == 1  # one primary action a page
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), "two forms on one page keep their names apart"


# --- Deciding ------------------------------------------------------------------------------------------


def decide(browser: Client, task: RectificationTask, move: str, **data: Any) -> Any:
    sent = {"_key": uuid.uuid4().hex, "_version": str(task.version), "queue": "all"} | data
    return browser.post(f"/problems/{task.no}/{move}/", sent)


def test_a_decision_leads_to_the_next_item_and_the_last_one_to_the_queue(cast: Cast) -> None:
    first, second = case_at_a1(cast, "plan_review"), case_at_a1(cast, "plan_review")
    RectificationTask.objects.filter(pk=second.pk).update(plan_due_on=later(6))
    asked = request_for_time(cast)
    browser = signed_in(cast.task_force)
    order = [no for _, no in queue_of(cast.task_force)]
    assert order == [asked.no, first.no, second.no]
    answer = decide(browser, asked, "grant-extension", words="抓紧施工")
    assert answer["Location"] == f"/reviews/plan/{first.no}/?queue=all"
    assert "已同意延期" in text_of(browser.get(answer["Location"]))
    assert fresh(asked).due_on == later(30)
    answer = decide(browser, fresh(second), "approve-plan", queue="plan")
    assert answer["Location"] == f"/reviews/plan/{first.no}/?queue=plan"  # what was passed over
    answer = decide(browser, fresh(first), "return-plan", words="请写明谁来抽查", queue="plan")
    assert answer["Location"] == "/reviews/"
    assert queue_of(cast.task_force) == []


def test_outside_the_queue_a_decision_leads_back_to_the_problem(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    answer = decide(signed_in(cast.task_force), task, "approve-plan", queue="")
    assert answer["Location"] == f"/problems/{task.no}/"


def test_a_decision_that_lacks_words_comes_back_with_them_kept_and_stays_in_the_queue(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    page = decide(signed_in(cast.task_force), task, "verify", words="现场看过公示栏", queue="verify")
    html = page.content.decode()
    assert page.status_code == 200
    assert "现场看过公示栏" in html and "请选择现场核查或材料核查" in html
    assert '<input type="hidden" name="queue" value="verify">' in html
    assert fresh(task).state == "verifying"


def test_of_two_who_decide_one_item_the_slower_reads_what_the_faster_did(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    fast, slow = signed_in(cast.inspector_a), signed_in(cast.task_force)
    slow.get(f"/reviews/plan/{task.no}/")
    decide(fast, task, "return-plan", words="请写明谁来抽查")
    late = decide(slow, task, "approve-plan", words="措施可行，同意")
    assert late.status_code == 409
    text = text_of(late)
    assert "周明在" in text and "请写明谁来抽查" in text and "措施可行，同意" in text
    # and who only comes to look is told kindly, with the way to the next
    other = case_at_a1(cast, "verifying")
    gone = slow.get(f"/reviews/plan/{task.no}/?queue=all")
    text = text_of(gone)
    assert gone.status_code == 200
    assert "此项已由责任督学周明于" in text and "退回整改计划" in text
    assert f"/reviews/verify/{other.no}/?queue=all" in gone.content.decode()


def test_whose_decision_it_is_not_is_refused(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    assert signed_in(cast.leader).get(f"/reviews/plan/{task.no}/").status_code == 403
    assert signed_in(cast.inspector_b).get(f"/reviews/plan/{task.no}/").status_code == 404
    assert signed_in(cast.head_a1).get("/reviews/").status_code == 403
    assert signed_in(cast.task_force).get(f"/reviews/else/{task.no}/").status_code == 404


def test_a_self_check_is_reviewed_on_its_own_page_inside_the_queue(cast: Cast, term: Term) -> None:
    from inspections.workflows import self_check

    publish(cast, term)
    check = check_of(cast.a1)
    fill(check, cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    task = case_at_a1(cast, "verified")
    browser = signed_in(cast.task_force)
    answer = browser.get(f"/reviews/check/{check.no}/?queue=all")
    assert answer["Location"] == f"/checks/{check.no}/?queue=all"
    page = browser.get(answer["Location"])
    assert "第1件，共2件" in text_of(page)
    accept = f"/checks/{check.no}/accept/?queue=all"
    assert accept in page.content.decode()
    form = browser.get(accept).content.decode()
    assert '<input type="hidden" name="queue" value="all">' in form
    version = SelfCheck.objects.get(pk=check.pk).version
    done = browser.post(
        f"/checks/{check.no}/accept/",
        {"_key": uuid.uuid4().hex, "_version": str(version), "queue": "all"},
    )
    assert done["Location"] == f"/reviews/close/{task.no}/?queue=all"


# --- What it costs -----------------------------------------------------------------------------------------


def queries(browser: Client, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


@pytest.mark.pages
def test_the_queue_and_its_items_cost_the_same_however_long_it_is(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    request_for_time(cast)
    browser = signed_in(cast.task_force)
    few = {path: queries(browser, path) for path in ("/reviews/", f"/reviews/plan/{task.no}/")}
    for _ in range(12):
        for state in ("plan_review", "verifying", "verified"):
            case_at_a1(cast, state)
        request_for_time(cast)
    many = {path: queries(browser, path) for path in few}
    assert many == few
    assert max(many.values()) <= 25, many
