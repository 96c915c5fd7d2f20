"""Pages of the activation slips: choosing and printing them, and the page on which one is spent."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shuangjian.accounts import sessions, sign_in_limits, slips, unit_accounts
from shuangjian.accounts.access import PUBLIC, AuthenticatedHttpRequest, access, client_address
from shuangjian.accounts.forms_slips import ActivationForm
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.views import landing_page, name_tried
from shuangjian.accounts.workflows import SLIP_DAYS
from shuangjian.journal.errors import Refused


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), scope="list", audit="change")
def slip_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Accounts that nobody has used yet; the answer to the form are their slips, shown this once."""
    refusal = ""
    if request.method == "POST":
        try:
            printed = slips.print_slips(actor=request.user, usernames=request.POST.getlist("account"))
        except Refused as refused:
            refusal = str(refused)
        else:
            return printed_slips(request, printed)
    page = Paginator(slips.waiting(), slips.MOST).get_page(request.GET.get("page"))
    chosen = set(request.POST.getlist("account"))
    context = {"page_obj": page, "chosen": chosen, "refusal": refusal, "days": SLIP_DAYS}
    return render(request, "accounts/slip_list.html", context)


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), scope="list", audit="change")
def unit_account_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Accounts that the register calls for and nobody has opened: all the chosen ones in one go."""
    refusal = ""
    chosen = request.POST.getlist("account")
    if request.method == "POST":
        try:
            opened = unit_accounts.open_accounts(actor=request.user, usernames=chosen)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"已开{len(opened)}个账号，角色等另一位管理员确认后，在这里打印激活条")
            return redirect("slips")
    found, nameless = unit_accounts.openings()
    page = Paginator(found, unit_accounts.MOST).get_page(request.GET.get("page"))
    context = {"page_obj": page, "chosen": set(chosen), "refusal": refusal, "nameless": nameless}
    return render(request, "accounts/unit_accounts.html", context)


def printed_slips(request: AuthenticatedHttpRequest, printed: list[slips.Slip]) -> HttpResponse:
    """The codes are stored nowhere on the way to a next page; 201: sent again, it prints no second set."""
    address = request.build_absolute_uri(reverse("activate"))
    context = {"slips": printed, "address": address}
    response = render(request, "accounts/slips.html", context, status=201)
    response.headers["Cache-Control"] = "no-store"
    return response


@access(roles=PUBLIC, methods=("GET", "POST"), audit="change", rate="login", idempotent=False)
@never_cache
@sensitive_post_parameters("code", "password", "again")
def activate(request: HttpRequest) -> HttpResponse:
    """The slip's account, its code, a password of one's own; then the person is signed in."""
    if request.user.is_authenticated:
        return redirect(landing_page(request.user))
    form = ActivationForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        try:
            user: User = slips.activate(user_id=form.user.pk, password=form.cleaned_data["password"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            sessions.begin(request)
            messages.success(request, "账号已启用，以后用自己的密码登录")
            return redirect(f"{reverse('help')}#h-first")
    left = None
    if form.is_bound and form.is_wrong:
        left = sign_in_limits.tries_left(name_tried(request), client_address(request))
    return render(request, "accounts/activate.html", {"form": form, "left": left})
