"""集中宣传: the papers to print, what units did, as counts; the county's staff also see the activities."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from inspections.publicity import lately, publicity_of, reports_in
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES


@access(roles=COUNTY_ROLES | UNIT_ROLES)
def publicity_work(request: AuthenticatedHttpRequest) -> HttpResponse:
    """/plan/publicity/"""
    found = publicity_of()
    is_staff = request.user.has_role(*COUNTY_ROLES)
    context = {
        "found": found,
        "is_staff": is_staff,
        "activities": lately(found.phase) if found and is_staff else [],
        "reports": reports_in(found.phase) if found else [],
    }
    return render(request, "inspections/publicity.html", context)
