"""Self-checks: the list, one check's page, checking the answers, the moves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from inspections.check_sheet import WITH_UNIT, CheckSheet, keyed_in_lines, load, with_people
from inspections.exports.lists import CHECKS
from inspections.filters import with_progress
from inspections.forms import checks as forms
from inspections.models import Answer, Problem, SelfCheck
from inspections.review_sheet import review_of
from inspections.selectors import names_of
from inspections.views import queue_walk
from inspections.workflows import check_answers
from inspections.workflows import self_check as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import ANSWER_READERS, ANSWERING_ROLES, Role
from shuangjian.accounts.selectors import county, heads_of
from shuangjian.dates import cn_short
from shuangjian.files import services as files
from shuangjian.journal import audit
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Rule
from shuangjian.policy.scope import group_of
from shuangjian.policy.workflows import counting

PAGE_SIZE = 50
PAST_ROWS = 10  # of a unit's own list
READERS = ANSWER_READERS
FILLERS = ANSWERING_ROLES | {Role.TASK_FORCE}  # the task force where it types in a paper (代填)


def get_check(request: AuthenticatedHttpRequest, no: str) -> SelfCheck:
    """The check with all that its sheet asks for; 404 where it does not exist for this person."""
    checks = SelfCheck.objects.select_related(
        *WITH_UNIT, "confirmed_by", "accepted_by", "keyed_in_by", "scan"
    )
    check: SelfCheck = get_visible(checks, request.user, no=no)
    return check


# --- Lists ----------------------------------------------------------------------


@access(roles=READERS, scope="list")
def check_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """A unit's own checks, the open one first with its progress; for staff all of their scope."""
    if not request.user.has_role(*CHECKS.roles):
        return _own_checks(request, SelfCheck.objects.visible_to(request.user))
    reading = CHECKS.read(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "tabs": reading.tabs, "filter": reading.filter}
    return render(request, "inspections/check_list.html", context)


def _own_checks(request: AuthenticatedHttpRequest, visible: Any) -> HttpResponse:
    checks = list(visible.select_related(*WITH_UNIT).order_by("due_on", "no"))
    current = [check for check in checks if check.is_open]
    past = [check for check in reversed(checks) if not check.is_open]
    context = {
        "current": [load(check) for check in current[:PAST_ROWS]],
        "page_obj": Paginator(past, PAGE_SIZE).get_page(request.GET.get("page")),
        "names_units": len({check.organisation_id for check in checks}) > 1,
    }
    return render(request, "inspections/check_own_list.html", context)


# --- One check ------------------------------------------------------------------


@access(roles=READERS, scope="own", audit="read")
def check_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """For the unit the list of its rules, or what was submitted; for staff the review of the submission."""
    check = get_check(request, no)
    if request.user.has_perm("inspections.fill_check", check):
        return _task_list(request, check)
    return _review(request, check)


@access(roles=FILLERS, methods=("POST",), scope="own", audit="change")
def check_registered(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Confirm as a block what the unit's registers answer (P4)."""
    check = get_check(request, no)
    require(request.user, "inspections.fill_check", check)
    try:
        codes = check_answers.confirm_registered(check_id=check.pk, actor=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"已按登记档案确认{len(codes)}项")
    return redirect("check", no=no)


def _task_list(request: AuthenticatedHttpRequest, check: SelfCheck) -> HttpResponse:
    sheet = load(check)
    context = _context(request, check, sheet)
    if not check.is_open:
        context["problems"] = _problems_of(check)
        with_people(keyed_in_lines(sheet))
        return render(request, "inspections/check_submitted.html", context)
    context["counted"] = counting.words_of(check, "due_on") if check.state == check.State.RETURNED else ""
    context["others"] = _rules_of_others(check)
    context["others_count"] = sum(len(rules) for _, _, rules in context["others"])
    return render(request, "inspections/check.html", context)


def _context(request: AuthenticatedHttpRequest, check: SelfCheck, sheet: CheckSheet) -> dict[str, Any]:
    settings_row = county()
    moves = workflow.MACHINE.open_moves(check, request.user)
    latest = max((rule.latest for rule in sheet.rules if rule.latest), key=_saved_at, default=None)
    return {
        "check": check,
        "sheet": sheet,
        "moves": moves,
        "latest": latest,
        "saved_words": _saved_words(latest),
        "review_days": settings_row.check_review_days if settings_row else 5,
        "task_force": settings_row.task_force_name if settings_row else "双减工作专班",
        **words_for(check.organisation.kind),
    }


def words_for(kind: str) -> dict[str, str]:
    """How the pages speak of a kind of unit."""
    if kind == "school":
        return {"who": "学校", "unit_word": "校", "head_word": "校长", "seen_by": "本校责任督学可以看到"}
    if kind == "office":
        return {"who": "科室", "unit_word": "科室", "head_word": "科室人员", "seen_by": "计入全县督导报告"}
    return {
        "who": "机构",
        "unit_word": "机构",
        "head_word": "负责人",
        "seen_by": "本机构责任督学可以看到",
    }


def _saved_words(latest: Answer | None) -> str:
    """已保存 14:02, with the day where it was not today."""
    if latest is None or latest.updated_at is None:
        return ""
    at = timezone.localtime(latest.updated_at)
    day = "" if at.date() == clock.today() else f"{cn_short(at)} "
    return f"已保存 {day}{at:%H:%M}"


def _saved_at(answer: Any) -> Any:
    return answer.updated_at


def _rules_of_others(check: SelfCheck) -> list[tuple[str, str, list[Rule]]]:
    """(who is responsible, heading, rules) of the groups that this unit does not answer."""
    who = {"school": "学校", "institution": "机构", "family": "家庭", "government": "政府"}
    rules = Rule.objects.filter(rulebook=check.round.rulebook_id).exclude(
        group=group_of(check.organisation.kind)
    )
    groups: dict[str, list[Rule]] = {}
    for rule in rules.order_by("number"):
        groups.setdefault(rule.group, []).append(rule)
    return [(who[group], Rule.Group(group).label, own) for group, own in groups.items()]


def _problems_of(check: SelfCheck) -> list[Problem]:
    """The problems that this check made, in order of the rules."""
    problems = Problem.objects.filter(source_answer__self_check=check).select_related("rule", "item")
    return list(problems.order_by("no"))


@access(roles=FILLERS, scope="own", audit="read")
def check_review(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """核对: every answer with its way back, what bars submission, the problems that it will make."""
    check = get_check(request, no)
    require(request.user, "inspections.fill_check", check)
    if not check.is_open:
        return redirect("check", no=no)
    sheet = load(check)
    with_people(keyed_in_lines(sheet))
    before = check.submissions.order_by("-ordinal").first()
    context = _context(request, check, sheet) | {
        "ahead": workflow.new_problems(sheet, before.answers if before else {}),
        "merged": [line for rule in sheet.rules for line in rule.asked if line.joins],
        "heads": list(heads_of(check.organisation)),
    }
    return render(request, "inspections/check_review.html", context)


# --- Review by staff ------------------------------------------------------------


def _review(request: AuthenticatedHttpRequest, check: SelfCheck) -> HttpResponse:
    """What was submitted, old beside new; of a check under way only how far it is: drafts are the unit's."""
    context = {
        "check": check,
        "moves": workflow.MACHINE.open_moves(check, request.user),
        "review": review_of(check),
        "problems": _problems_of(check),
        "story": _story(check),
        "progress": with_progress(SelfCheck.objects.filter(pk=check.pk)).get(),
        **queue_walk.bar_of(request, "check", check.no),
    }
    return render(request, "inspections/check_staff.html", context)


_NOT_TOLD = [
    f"inspections.check.{key}" for key in ("save", "attach_evidence", "remove_evidence", "restore_evidence")
]


def _story(check: SelfCheck) -> list[dict[str, Any]]:
    """The course of the check, newest first, without the single savings."""
    entries = list(audit.story_of(check).exclude(action__in=_NOT_TOLD)[:50])
    names = names_of(entry.actor_id for entry in entries)
    return [
        {
            "at": entry.at,
            "text": names.get(entry.actor_id, "系统") + audit.words_of(entry.action).removeprefix("自查："),
            "note": entry.text.text.replace("\n", "；") if hasattr(entry, "text") else "",
        }
        for entry in entries
    ]


# --- Moves ----------------------------------------------------------------------

_SAID = {
    "send-to-head": "已送负责人确认",
    "take-back": "已撤回，可以继续修改",
    "accept": "已确认这份自查",
    "send-back": "已退回，单位会在待办看到意见",
    "key-in": "已开始代填，请对照扫描件逐条录入",
    "stop-keying": "已停止代填，由单位继续填写",
}
_PLAIN = {
    "send-to-head": workflow.send_to_head,
    "take-back": workflow.take_back,
    "confirm": workflow.confirm,
    "accept": workflow.accept,
    "stop-keying": workflow.stop_keying,
    "submit-keyed": workflow.submit_keyed,
}
MOVES = frozenset(_PLAIN) | {"submit-scan", "send-back", "key-in"}


@access(roles=FILLERS, methods=("GET", "POST"), scope="own", audit="change")
def check_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /checks/<no>/<move>/."""
    if move not in MOVES:
        raise Http404(move)
    check = get_check(request, no)
    transition = workflow.TRANSITIONS[move]
    require(request.user, transition.permission, check)
    if not transition.allowed_from(check.state) and request.method == "GET":
        messages.info(request, f"当前状态是“{check.get_state_display()}”，不能{transition.label}")
        return redirect("check", no=no)
    sheet = load(check)
    if request.method == "GET" and sheet.gaps and transition.target in ("confirming", "submitted"):
        messages.info(request, f"还有{len(sheet.gaps)}处没有填完，填完后才能提交")
        return redirect("check-review", no=no)
    form = _form(request, sheet, move)
    if request.method == "POST" and (form is None or form.is_valid()):
        onward = queue_walk.way_on(request, "check", no)
        try:
            done = _run(request, check, move, form)
        except Refused as refused:
            if form is None:
                raise
            form.add_error("scan" if isinstance(refused, files.Rejected) else None, str(refused))
        else:
            said = _SAID.get(move, f"已提交，编号{done.no}")
            messages.success(request, f"{done.no} {done.organisation.name}：{said}" if onward else said)
            return redirect(onward) if onward else redirect("check", no=no)
    before = check.submissions.order_by("-ordinal").first()
    context = _context(request, check, sheet) | {
        "move": move,
        "label": transition.label,
        "form": form,
        "tab": queue_walk.asked_for(request),
        "ahead": workflow.new_problems(sheet, before.answers if before else {}),
        "head": workflow.head_on_the_day(check.organisation),
        "rows": [(rule, form[forms.words_name(rule.rule.number)]) for rule in sheet.rules]
        if isinstance(form, forms.ReturnForm)
        else [],
    }
    template = "inspections/check_return.html" if move == "send-back" else "inspections/check_move.html"
    return render(request, template, context)


def _form(request: AuthenticatedHttpRequest, sheet: CheckSheet, move: str) -> Any:
    if move in ("submit-scan", "key-in"):
        return forms.ScanForm(request.POST or None, request.FILES or None)
    if move == "send-back":
        return forms.ReturnForm(request.POST or None, sheet=sheet)
    return None


def _run(request: AuthenticatedHttpRequest, check: SelfCheck, move: str, form: Any) -> SelfCheck:
    about: dict[str, Any] = {
        "check_id": check.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move in ("submit-scan", "key-in"):
        scan = files.receive(upload=form.cleaned_data["scan"][0], uploader=request.user)
        with_scan = workflow.key_in if move == "key-in" else workflow.submit_with_scan
        return with_scan(**about, scan=scan)
    if move == "send-back":
        return workflow.send_back(**about, notes=form.notes())
    return _PLAIN[move](**about)
