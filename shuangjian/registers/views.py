"""Registers (登记档案): the list of units, one unit's registers, one register of it, filling it in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES, SUPERVISION_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Term
from shuangjian.policy.scope import facts_of
from shuangjian.policy.selectors import current_term
from shuangjian.registers import definitions, records, selectors
from shuangjian.registers.definitions import Register
from shuangjian.registers.forms import EntryForm
from shuangjian.registers.models import EntryVersion
from shuangjian.registers.permissions import KEEPERS, Sheet, may_keep, reads
from shuangjian.registers.records import Records
from shuangjian.registers.workflows import entries

PAGE_SIZE = 50
MOST_VERSIONS = 20


@access(roles=SUPERVISION_ROLES, scope="list")
def register_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """How far each unit is with its registers; to unit people their own, and those they file for."""
    reading = selectors.read_units(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "filter": reading.filter,
        "term": current_term(),
        "rows": reading.dress(list(page.object_list)),
        "is_staff": request.user.has_role(*COUNTY_ROLES, *INSPECTOR_ROLES),
        "reads_doubts": request.user.has_role(*COUNTY_ROLES, Role.AREA_INSPECTOR),
        "may_import": request.user.has_role(*KEEPERS),
    }
    return render(request, "registers/list.html", context)


def _unit(request: AuthenticatedHttpRequest, code: str) -> Organisation:
    units = Organisation.objects.units().select_related(*records.WITH_FACTS)
    unit: Organisation = get_visible(units, request.user, code=code)
    return unit


def _asked_term(request: AuthenticatedHttpRequest) -> Term | None:
    """The term that the address names, else the present one."""
    code = request.GET.get("term", "")
    named = Term.objects.filter(code=code).first() if code.isprintable() and code else None
    return named or current_term()


def _records(unit: Organisation, term: Term | None) -> Records:
    """What the unit stated in a term; of one that is over, judged as on its last day."""
    today = clock.today()
    return records.load([unit], term, min(today, term.last_on) if term is not None else today)[0]


@access(roles=SUPERVISION_ROLES, scope="own", audit="read")
def unit_registers(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """The registers of one unit in a term: what is filled in, what is not, what speaks against something."""
    unit = _unit(request, code)
    term, present = _asked_term(request), current_term()
    progress = selectors.progress_of(_records(unit, term), request.user)
    context = {
        "unit": unit,
        "term": term,
        "is_present": term == present,
        "terms": Term.objects.filter(register_entries__organisation=unit).distinct().order_by("-first_on"),
        "groups": [
            ("本单位填报", [one for one in progress if not one.is_the_bureaus]),
            ("由教育局登记", [one for one in progress if one.is_the_bureaus]),
        ],
        "may_import": any(one.may_keep for one in progress),
    }
    return render(request, "registers/unit.html", context)


def _register(request: AuthenticatedHttpRequest, unit: Organisation, key: str) -> Register:
    """The unit's register of this key that the person may read, else 404."""
    register = definitions.find(key)
    facts = facts_of(unit)
    if register is None or not register.concerns(facts) or not reads(request.user, register):
        raise Http404(key)
    return register


@access(roles=SUPERVISION_ROLES, scope="own", audit="read")
def unit_register(request: AuthenticatedHttpRequest, code: str, key: str) -> HttpResponse:
    """One register as it stands, the limits it is judged by with their documents, and its versions."""
    unit = _unit(request, code)
    register = _register(request, unit, key)
    term, present = _asked_term(request), current_term()
    found = _records(unit, term)
    page = selectors.page_of(register, found, request.user)
    versions = EntryVersion.objects.none()
    if page.entry is not None:
        versions = page.entry.versions.select_related("written_by")[:MOST_VERSIONS]
    is_present = register.is_standing or term == present
    context = {
        "unit": unit,
        "register": register,
        "term": term,
        "page": page,
        "limits": selectors.limits_of(register, found),
        "sources": selectors.sources_of(register),
        "versions": versions,
        "may_keep": is_present and may_keep(request.user, unit, register),
    }
    return render(request, "registers/register.html", context)


class _Guard:
    """What the form carries as its version: 0 where nothing stands yet."""

    def __init__(self, version: int | None) -> None:
        self.version = version


@access(roles=KEEPERS, methods=("GET", "POST"), scope="own", audit="change")
def register_edit(request: AuthenticatedHttpRequest, code: str, key: str) -> HttpResponse:
    """Fill in a register of the present term; ``?from=earlier`` offers what was stated the term before."""
    unit = _unit(request, code)
    register = _register(request, unit, key)
    require(request.user, "registers.keep_entry", Sheet(unit, register))
    found = _records(unit, current_term())
    entry = found.entry(key)
    earlier = selectors.earlier_entry(unit, register, entry)
    taken = earlier if earlier is not None and request.GET.get("from") == "earlier" else None
    known = records.lines_of(register, found.facts, taken.lines) if taken else found.lines(key)
    form = EntryForm.of(
        register, found.facts, known, entry.explanation if entry else "", request.POST or None
    )
    warnings: list[Any] = []
    version = entry.version if entry is not None else 0
    if request.method == "POST":
        version = posted_version(request) or 0
        if form.is_valid():
            try:
                entries.save(
                    organisation_id=unit.pk,
                    register=register,
                    actor=request.user,
                    version=posted_version(request),
                    lines=form.kept(),
                    explanation=form.says(),
                )
            except entries.Doubtful as doubtful:
                warnings = doubtful.findings
                form.explanation.add_error("explanation", str(doubtful))
            except Refused as refused:
                form.explanation.add_error(None, str(refused))
            else:
                messages.success(request, f"已保存“{register.title}”")
                if request.POST.get("do") == "more":
                    return redirect("register-edit", code=unit.code, key=key)
                return redirect("unit-register", code=unit.code, key=key)
    context = {
        "unit": unit,
        "register": register,
        "form": form,
        "guard": _Guard(version),
        "earlier": earlier if taken is None else None,
        "taken": taken,
        "warnings": warnings,
        "explains": bool(warnings or (entry and entry.explanation) or form.explanation.errors),
        "limits": selectors.limits_of(register, found),
        "sources": selectors.sources_of(register),
        "term": found.term,
    }
    return render(request, "registers/edit.html", context)
