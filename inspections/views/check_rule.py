"""One rule of a self-check: its page, saving as one goes, the files of an item.

The page is one form. Without JavaScript every button of it saves what was typed before it does its own work.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inspections.check_sheet import WITH_UNIT, CheckSheet, ItemAnswer, ItemLine, RuleSheet, load, with_people
from inspections.earlier_answers import earlier_answers
from inspections.forms.checks import RuleForms
from inspections.models import Answer, Question, SelfCheck
from inspections.views.checks import FILLERS, get_check
from inspections.workflows import self_check as workflow
from inspections.workflows.check_answers import MOST_FILES
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import ANSWERING_ROLES
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import CheckItem, Guidance
from shuangjian.policy.selectors import guidance_of

STILL_FILLING = timedelta(minutes=3)  # since somebody's last save of the rule


def _rule(request: AuthenticatedHttpRequest, no: str, number: int) -> tuple[SelfCheck, CheckSheet, RuleSheet]:
    # Less than a check's other pages read of it: this one is asked for most.
    check = get_visible(SelfCheck.objects.select_related(*WITH_UNIT), request.user, no=no)
    require(request.user, "inspections.fill_check", check)
    sheet = load(check)
    rule = sheet.rule(number)
    if rule is None:
        raise Http404(number)
    return check, sheet, rule


@access(roles=FILLERS, methods=("GET", "POST"), scope="own", audit="change")
def rule_page(request: AuthenticatedHttpRequest, no: str, number: int) -> HttpResponse:
    """One rule a page. A rule that cannot be changed now is shown as it stands."""
    check, sheet, rule = _rule(request, no, number)
    if request.method == "GET" and not rule.is_open:
        with_people(line for line in rule.asked if line.given.is_keyed_in)
        return render(request, "inspections/check_rule_read.html", _context(request, sheet, rule))
    forms = RuleForms.of(rule)
    conflict = None
    if request.method == "POST":
        forms = RuleForms.of(rule, request.POST, request.FILES)
        if forms.is_valid():
            try:
                return _carry_out(request, check, sheet, rule, forms)
            except workflow.Incomplete as incomplete:
                forms.say(incomplete.lines)
            except BadFile as bad:
                forms.refuse_file(bad.code, str(bad))
            except workflow.AnswerConflict as clash:
                conflict = clash
    if rule.unanswered:
        forms.offer(earlier_answers(check))
    context = _context(request, sheet, rule) | {"forms": forms, "conflict": conflict}
    context["guard"] = _Guard(conflict.version if conflict else _seen(request, rule))
    return render(request, "inspections/check_rule.html", context, status=409 if conflict else 200)


class BadFile(Refused):
    """A file of an item that was not taken."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class _Guard:
    """What the form carries as its version."""

    def __init__(self, version: str) -> None:
        self.version = version


def _seen(request: AuthenticatedHttpRequest, rule: RuleSheet) -> str:
    """The version of a form that is shown again stays what the person began with."""
    return request.POST.get("_version") or rule.version


def _carry_out(
    request: AuthenticatedHttpRequest,
    check: SelfCheck,
    sheet: CheckSheet,
    rule: RuleSheet,
    forms: RuleForms,
) -> HttpResponse:
    """Save, attach what was chosen, then do what the button says: next, attach, remove, undo, carry."""
    act, _, target = request.POST.get("do", "next").partition(":")
    chosen = {code: _received(request, code, uploads) for code, uploads in forms.uploads().items()}
    answers = forms.answers()
    if act == "carry":
        answers |= _carried(check, target)
    workflow.save_rule(
        check_id=check.pk,
        rule_number=rule.rule.number,
        actor=request.user,
        version=request.POST.get("_version", ""),
        answers=answers,
        as_draft=act != "next",
    )
    for code, stored in chosen.items():
        _attach(request, check, code, stored)
    here = reverse("check-rule", args=[check.no, rule.rule.number])
    if act == "remove":
        code, query = _remove(request, check, target)
        return redirect(f"{here}{query}#{code}")
    if act == "undo":
        return redirect(f"{here}#{_restore(request, check)}")
    if act in ("attach", "carry"):
        return redirect(f"{here}#{target}")
    return redirect(_next_address(check, sheet, rule))


def _carried(check: SelfCheck, code: str) -> dict[str, ItemAnswer]:
    earlier = earlier_answers(check).get(code)
    return {code: earlier.answer} if earlier else {}


def _next_address(check: SelfCheck, sheet: CheckSheet, rule: RuleSheet) -> str:
    """The rule after this one that may be changed; after the last the page of all answers."""
    after = [one for one in sheet.rules if one.rule.number > rule.rule.number and one.is_open]
    if after:
        return reverse("check-rule", args=[check.no, after[0].rule.number])
    return reverse("check-review", args=[check.no])


def _context(request: AuthenticatedHttpRequest, sheet: CheckSheet, rule: RuleSheet) -> dict[str, Any]:
    at = sheet.rules.index(rule)
    return {
        "check": sheet.check,
        "sheet": sheet,
        "rule": rule,
        "at": at + 1,
        "previous": sheet.rules[at - 1] if at else None,
        "is_last": not any(one.is_open for one in sheet.rules[at + 1 :]),
        "filling": _somebody_else(request, rule),
        "undo": request.GET.get("undo", ""),
        "undo_item": request.GET.get("item", ""),
        "helped": _help(rule),
        "may_ask": request.user.has_role(*ANSWERING_ROLES),
    }


def _help(rule: RuleSheet) -> list[tuple[CheckItem, Guidance | None, int]]:
    """Each asked item, what is said of it, and how many questions on it were answered."""
    codes = [line.item.code for line in rule.asked]
    said = guidance_of(codes)
    counts = dict(
        Question.objects.answered()
        .filter(item_code__in=codes)
        .order_by()
        .values_list("item_code")
        .annotate(Count("pk"))
    )
    return [(line.item, said.get(line.item.code), counts.get(line.item.code, 0)) for line in rule.asked]


def _somebody_else(request: AuthenticatedHttpRequest, rule: RuleSheet) -> Answer | None:
    """The answer that somebody else saved a moment ago: he is probably still at it."""
    latest = rule.latest
    if latest is None or latest.updated_at is None or latest.updated_by_id == request.user.pk:
        return None
    return latest if clock.now() - latest.updated_at < STILL_FILLING else None


# --- Saving as one goes (static/js/autosave.js) ---------------------------------


@access(roles=FILLERS, methods=("POST",), scope="own", audit="change")
def save(request: AuthenticatedHttpRequest, no: str, number: int) -> HttpResponse:
    """Save the rule as a draft; the answer is JSON as autosave.js expects it."""
    check, _, rule = _rule(request, no, number)
    forms = RuleForms.of(rule, request.POST)
    if not forms.is_valid():
        return JsonResponse({"errors": forms.errors()}, status=400)
    try:
        saved = workflow.save_rule(
            check_id=check.pk,
            rule_number=number,
            actor=request.user,
            version=request.POST.get("_version", ""),
            answers=forms.answers(),
            as_draft=True,
        )
    except workflow.AnswerConflict as clash:
        return JsonResponse({"error": str(clash), "version": clash.version}, status=409)
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=400)
    sheet = load(get_check(request, no))
    now = sheet.rule(number) or rule
    return JsonResponse(
        {
            "version": saved.version,
            "saved_at": f"{clock.now():%H:%M}",
            "text": _texts(now, saved.by_others),
        }
    )


def _texts(rule: RuleSheet, by_others: list[ItemLine]) -> dict[str, str]:
    """What changes on the page besides the form: the list of rules, verdicts, what others did."""
    texts = {f"side-{rule.rule.number}": rule.side_words}
    others = {line.item.code for line in by_others}
    for line in rule.asked:
        code = line.item.code
        texts[f"over-{code}"] = line.gap_words if line.gap == "数值超限" else ""
        for at, figure in enumerate(line.figures):
            if figure.is_registered:
                continue
            texts[f"verdict-{code}-figure{at}"] = figure.verdict.words if figure.verdict else ""
        texts[f"others-{code}"] = (
            f"{line.given.updated_by}刚改过{line.item.short_code}，刷新后可见" if code in others else ""
        )
    return texts


# --- Files ----------------------------------------------------------------------


def _received(request: AuthenticatedHttpRequest, code: str, uploads: list[Any]) -> list[StoredFile]:
    """The uploads, looked at and stored: before anything is locked, since it takes its time."""
    try:
        return [files.receive(upload=one, uploader=request.user) for one in uploads]
    except Refused as refused:
        raise BadFile(code, str(refused)) from refused


def _attach(request: AuthenticatedHttpRequest, check: SelfCheck, code: str, stored: list[StoredFile]) -> None:
    try:
        workflow.attach_evidence(check_id=check.pk, item_code=code, actor=request.user, files=stored)
    except Refused as refused:
        raise BadFile(code, str(refused)) from refused


def _restore(request: AuthenticatedHttpRequest, check: SelfCheck) -> str:
    token = request.POST.get("undo", "")
    return workflow.restore_evidence(check_id=check.pk, actor=request.user, token=token)


def _remove(request: AuthenticatedHttpRequest, check: SelfCheck, target: str) -> tuple[str, str]:
    """(the item's code, the query with which the page offers to undo it)."""
    evidence_id = int(target) if target.isascii() and target.isdecimal() and len(target) < 10 else 0
    code, token = workflow.remove_evidence(check_id=check.pk, evidence_id=evidence_id, actor=request.user)
    return code, "?" + urlencode({"undo": token, "item": code})


@access(roles=FILLERS, methods=("GET", "POST"), scope="own", audit="change")
def evidence(request: AuthenticatedHttpRequest, no: str, number: int, code: str) -> HttpResponse:
    """The files of one item as a piece of the page: add, remove, put back."""
    check, _, rule = _rule(request, no, number)
    line = next((one for one in rule.asked if one.item.code == code), None)
    if line is None:
        raise Http404(code)
    here = reverse("check-evidence", args=[no, number, code])
    refusal = ""
    if request.method == "POST":
        act, _, target = request.POST.get("do", "attach").partition(":")
        try:
            query = ""
            if act == "remove":
                _, query = _remove(request, check, target)
            elif act == "undo":
                _restore(request, check)
            else:
                chosen = request.FILES.getlist(f"{code}-proof")[: MOST_FILES + 1]
                _attach(request, check, code, _received(request, code, chosen))
        except Refused as refused:
            refusal = str(refused)
        else:
            page = reverse("check-rule", args=[no, number])
            return redirect(here + query if request.htmx else f"{page}{query}#{code}")
    forms = RuleForms.of(rule)
    context = {
        "check": check,
        "rule": rule,
        "line": line,
        "form": forms.form_of(code),
        "undo": request.GET.get("undo", ""),
        "undo_item": code,
        "refusal": refusal,
    }
    template = "inspections/_check_files.html" if request.htmx else "inspections/check_files.html"
    return render(request, template, context)
