"""The page of one move of a state machine: its form, the workflow's function, one order of looks.

Which moves there are and who may make them stands in the noun's own table (``machine``); a noun adds a table
of ``MovePage`` by the same keys, and what its page shows around the form (``serve``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, require
from shuangjian.accounts.machine import Machine
from shuangjian.accounts.models import User
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import Refused


class MoveForm(forms.Form):
    """Base of the forms of a move; knows its row and who makes it, gives the workflow's keyword arguments."""

    def __init__(self, *args: Any, row: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.user = row, user
        self.prepare()

    def prepare(self) -> None:
        """Offer what this row and this person have to choose from."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def refuse(self, refused: Refused) -> None:
        """Say why the workflow did not take it, beside the entries."""
        self.add_error(None, str(refused))


@dataclass(frozen=True)
class MovePage:
    """The page of one move: what is said before it (``hint``) and afterwards (``done``)."""

    form: Callable[..., Any]
    run: Callable[..., Any]
    done: str
    hint: str = ""


def look(
    request: AuthenticatedHttpRequest, machine: Machine[Any], move: str, row: Any, standing: str = ""
) -> HttpResponse | None:
    """Is there such a move, is the row as the person saw it, may he, can it be made now? In this order.

    The version comes before the right: who was slower hears who was faster. None where the page may open,
    else the way back to the row's own page. ``standing``: the state in other words than the row's own.
    """
    transition = machine.transitions.get(move)
    if transition is None:
        raise Http404(move)
    if request.method == "POST":
        check_version(row, posted_version(request))
    require(request.user, transition.permission, row)
    if request.method != "POST" and not transition.allowed_from(row.state):
        state = standing or row.get_state_display()
        messages.info(request, f"当前状态是“{state}”，不能{transition.label}")
        return redirect(row)
    return None


def make(
    request: AuthenticatedHttpRequest, page: MovePage, form: MoveForm, *, done: str = "", **named: Any
) -> bool:
    """Make the move if it was sent without a fault; was it made? ``named``: the row's id, and more."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        page.run(actor=request.user, version=posted_version(request), **named, **form.arguments())
    except Refused as refused:
        form.refuse(refused)
        return False
    messages.success(request, done or page.done)
    return True


def serve(
    request: AuthenticatedHttpRequest,
    machine: Machine[Any],
    pages: Mapping[str, MovePage],
    move: str,
    row: Any,
    *,
    noun: str,
    template: str,
    standing: str = "",
    more: Callable[[], dict[str, Any]] = dict,
) -> HttpResponse:
    """The page of a move and the move itself, then back to the row; ``noun`` is what both call the row.

    ``more``: what this page shows besides, asked only where it is shown. Http404 for a move without a page.
    """
    if move not in pages:
        raise Http404(move)
    way_back = look(request, machine, move, row, standing)
    if way_back is not None:
        return way_back
    page = pages[move]
    form = page.form(request.POST or None, row=row, user=request.user)
    if make(request, page, form, **{f"{noun}_id": row.pk}):
        return redirect(row)
    context = {
        noun: row,
        "move": move,
        "label": machine.transitions[move].label,
        "form": form,
        "hint": page.hint,
    }
    return render(request, template, context | more())
