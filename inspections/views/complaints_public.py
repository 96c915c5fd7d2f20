"""我要反映 and 进度查询: open to anybody, without JavaScript, without a cookie that lasts.

What was entered goes from step to step in the form itself; nothing is stored before it is sent. Number and
code are never in an address.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from inspections.forms.complaints_public import STEPS, ReverifyForm, TrackForm
from inspections.models import Complaint
from inspections.views.complaints import received
from inspections.workflows import complaints_public as workflow
from shuangjian.accounts.access import PUBLIC, access
from shuangjian.accounts.rate_limits import Rate, wait_for
from shuangjian.files.rejections import Rejected
from shuangjian.journal.errors import Refused

# A whole school may stand behind one address: who floods waits seconds, and nobody else longer than that.
SENDING = Rate("complain", 6, timedelta(minutes=1))
# Wrong pairs alone are counted: a code has 83 bits, and nobody can shut another out of his own matter.
LOOKING = Rate("track", 10, timedelta(minutes=1))
OF_ONE_NUMBER = Rate("track-no", 5, timedelta(minutes=15))
_SECRETS = ("words", "name", "phone", "code", "no", "unit", "q")


@access(roles=PUBLIC, methods=("GET", "POST"), idempotent=False)
@never_cache
@sensitive_post_parameters(*_SECRETS)
def complain(request: HttpRequest) -> HttpResponse:
    """The steps up to the last: show one, judge it, show the next. Nothing is kept."""
    at = _number(request.POST.get("step"))
    if request.method != "POST":
        return _step(request, 0, STEPS[0][1]())
    if "back" in request.POST:
        return _show(request, max(at - 1, 0))
    if "go" in request.POST:  # 「修改」 of the last page
        return _show(request, _number(request.POST["go"]))
    if "find" in request.POST:
        return _show(request, at)
    form = STEPS[at][1](request.POST)
    if not form.is_valid():
        return _step(request, at, form)
    return _show(request, min(at + 1, len(STEPS) - 1))


def _number(value: Any) -> int:
    """The place of a step; the first where the text is none."""
    return min(int(value), len(STEPS) - 1) if str(value).isascii() and str(value).isdecimal() else 0


def _show(request: HttpRequest, at: int) -> HttpResponse:
    """A step as it was filled in before, if it was; not judged again."""
    given = {name: request.POST[name] for name in STEPS[at][1].base_fields if name in request.POST}
    return _step(request, at, STEPS[at][1](initial=given))


def _step(request: HttpRequest, at: int, form: Any, *, is_judged: bool = True, wait: int = 0) -> HttpResponse:
    """One step; the answers of the others ride along in hidden fields."""
    own = set(STEPS[at][1].base_fields)
    carried = [
        (name, value)
        for _, step in STEPS
        for name in step.base_fields
        if name not in own and name != "material"
        for value in request.POST.getlist(name)[:1]
    ]
    context = {
        "form": form,
        "at": at,
        "number": at + 1,
        "steps": len(STEPS),
        "title": STEPS[at][0],
        "carried": carried,
        "wait": wait,
        "told": _told(request) if at == len(STEPS) - 1 else [],
    }
    return render(request, "public/complain.html", context, status=429 if wait else 200)


def _told(request: HttpRequest) -> list[tuple[int, str, str]]:
    """(step, heading, what was answered) of the page that is read before sending."""
    who, topic, words, contact = (step(request.POST) for _, step in STEPS[:-1])
    unit = next(
        (one.name for one in who.found if one.code == request.POST.get("unit")), "不清楚，或不在名单里"
    )
    leaves = request.POST.get("leaves") == "yes"
    return [
        (0, "反映谁", unit),
        (1, "哪类事", dict(Complaint.Topic.choices).get(str(topic["topic"].value()), "")),
        (2, "发生了什么", str(words["words"].value() or "")),
        (3, "联系方式", str(contact["phone"].value() or "") if leaves else "不留"),
    ]


@access(roles=PUBLIC, methods=("POST",), audit="change")
@never_cache
@sensitive_post_parameters(*_SECRETS)
def complain_send(request: HttpRequest) -> HttpResponse:
    """The last step: everything is judged again, then registered; number and code are shown this once."""
    forms = [step(request.POST) for _, step in STEPS[:-1]]
    for at, form in enumerate(forms):
        if not form.is_valid():
            return _step(request, at, form)
    last = STEPS[-1][1](request.POST, request.FILES)
    if not last.is_valid():
        return _step(request, len(STEPS) - 1, last)
    seconds = wait_for(request, SENDING)
    if seconds:
        return _step(request, len(STEPS) - 1, last, wait=seconds)
    try:
        stored = received(last.cleaned_data["material"], None)
        arguments = {name: value for form in forms for name, value in form.arguments().items()}
        receipt = workflow.submit(files=stored, **arguments)
    except Rejected as rejected:
        last.add_error("material", str(rejected))
        return _step(request, len(STEPS) - 1, last)
    context = {"complaint": receipt.complaint, "code": receipt.code}
    return render(request, "public/complained.html", context, status=201)  # sent again, no second code


@access(roles=PUBLIC, methods=("GET", "POST"), idempotent=False)
@never_cache
@sensitive_post_parameters(*_SECRETS)
def track(request: HttpRequest) -> HttpResponse:
    """Number and code, then the course in plain words."""
    form = TrackForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "public/track.html", {"form": form})
    row, seconds = _found(request, form)
    if row is None:
        return render(
            request, "public/track.html", {"form": form, "wait": seconds}, status=429 if seconds else 200
        )
    return _course(request, row, form.cleaned_data["code"], ReverifyForm(initial=form.cleaned_data))


@access(roles=PUBLIC, methods=("POST",), audit="change")
@never_cache
@sensitive_post_parameters(*_SECRETS)
def track_reverify(request: HttpRequest) -> HttpResponse:
    """申请重新核实, once."""
    form = ReverifyForm(request.POST)
    known = TrackForm(request.POST)
    if not known.is_valid():
        return redirect("track")
    row, seconds = _found(request, known)
    if row is None:
        return render(
            request, "public/track.html", {"form": known, "wait": seconds}, status=429 if seconds else 200
        )
    if form.is_valid():
        try:
            row = workflow.ask_reverify(complaint_id=row.pk, words=form.cleaned_data["words"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            response = _course(request, row, form.cleaned_data["code"], None)
            response.status_code = 201
            return response
    return _course(request, row, known.cleaned_data["code"], form)


def _found(request: HttpRequest, form: TrackForm) -> tuple[Complaint | None, int]:
    """The matter, or None and the seconds to wait (0: number or code is wrong, said in one sentence)."""
    no, code = form.cleaned_data["no"].strip().upper(), form.cleaned_data["code"]
    row = workflow.find(no, code)
    if row is not None:
        return row, 0
    seconds = wait_for(request, LOOKING) or wait_for(request, OF_ONE_NUMBER, about=no)
    if not seconds:
        form.add_error(None, "编号或查询码不对，请核对")
    return None, seconds


def _course(request: HttpRequest, row: Complaint, code: str, form: ReverifyForm | None) -> HttpResponse:
    answered = row.merged_into if row.merged_into is not None else row
    fault = workflow.fault_of_reverify(row)
    context = {
        "complaint": row,
        "state": workflow.public_state(row),
        "answer": answered.answer if answered.answered_on else "",
        "finding": answered.get_finding_display() if answered.answered_on else "",
        "due_on": answered.due_on,
        "steps": workflow.course_of(row),
        "code": code,
        "form": None if fault else form,
        "fault": fault if row.answered_on else "",
    }
    return render(request, "public/tracked.html", context)
