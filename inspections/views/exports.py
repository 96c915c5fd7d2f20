"""导出: a list as its page shows it, ordered as a file; the order's progress and its file."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.lists import LISTINGS
from inspections.forms.exports import ExportForm
from inspections.models import Export
from inspections.workflows import exports as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible

ROLES = frozenset().union(*(one.roles for one in LISTINGS.values()))


@access(roles=ROLES, methods=("GET", "POST"), scope="list", audit="change")
def export_new(request: AuthenticatedHttpRequest, key: str) -> HttpResponse:
    """What would be taken along, and in which format; the address carries the list's own filter."""
    listing = LISTINGS.get(key)
    if listing is None:
        raise Http404(key)
    if not request.user.has_role(*listing.roles):
        raise PermissionDenied(key)
    query = request.GET.copy()
    query.pop("page", None)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = workflow.order(
            listing=listing, query=query, format=form.cleaned_data["format"], actor=request.user
        )
        return redirect("export", pk=row.pk)
    reading = listing.read(request.user, query)
    context = {
        "listing": listing,
        "form": form,
        "words": reading.words,
        "count": reading.count(),
        "columns": [column.heading for column in listing.columns_for(request.user)],
        "query": query.urlencode(),
    }
    return render(request, "inspections/export_new.html", context)


@access(roles=ROLES, scope="own")
def export_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The progress of an order, then its file."""
    row: Export = get_visible(Export.objects.select_related("job", "stored_file"), request.user, pk=pk)
    return render(
        request, "inspections/export.html", {"export": row, "job": row.job, "listing": LISTINGS[row.listing]}
    )
