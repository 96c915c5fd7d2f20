"""县级设置 for the system administrator, and the help that anybody may read."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts import selectors, set_up, workflows
from shuangjian.accounts.access import PUBLIC, AuthenticatedHttpRequest, access
from shuangjian.accounts.forms_people import CountyForm
from shuangjian.accounts.roles import ADMIN_ROLES, INSPECTOR_ROLES, UNIT_CLERKS, UNIT_HEADS, Role
from shuangjian.journal.conflict import posted_version


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), audit="change")
def settings_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The county's names, the lines of the footer and its periods, as one form."""
    county = selectors.county()
    if county is None:
        raise Http404("还没有开通，请在服务器上运行 manage.py open_county")
    form = CountyForm(request.POST or None, instance=county)
    if request.method == "POST" and form.is_valid():
        changed = workflows.change_county(
            actor=request.user, version=posted_version(request), values=form.cleaned_data
        )
        messages.success(request, "已保存" if changed else "没有改动")
        return redirect("settings")
    # A form that did not pass has written into its instance: what the guard says comes from the row.
    context = {"form": form, "row": selectors.county(), "set_up": set_up.steps_of(request.user)}
    return render(request, "accounts/settings.html", context)


# Which part of the help is whose.
_PARTS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("h-public", "家长和公众", frozenset()),
    ("h-clerk", "学校管理员、机构管理员", UNIT_CLERKS),
    ("h-head", "校长、机构负责人", UNIT_HEADS),
    ("h-inspector", "责任督学、检查组成员", INSPECTOR_ROLES),
    ("h-force", "双减专班", frozenset({Role.TASK_FORCE})),
    ("h-office", "督导室", frozenset({Role.SUPERVISION_OFFICE})),
    ("h-leader", "分管领导", frozenset({Role.LEADER})),
    ("h-partner", "科室、部门联络员", frozenset({Role.OFFICE_STAFF, Role.PARTNER})),
    ("h-admin", "系统管理员、安全管理员、审计员", ADMIN_ROLES),
)


@access(roles=PUBLIC)
def help_page(request: HttpRequest) -> HttpResponse:
    """How each role does its work here, in plain words and pictures; one's own part is named first."""
    held = request.user.roles if request.user.is_authenticated else frozenset()
    parts = [(anchor, label, bool(roles & held)) for anchor, label, roles in _PARTS]
    return render(request, "help.html", {"parts": parts})
