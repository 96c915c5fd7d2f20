"""Signing in and out, and one's own account page."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_failure_limit
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shuangjian.accounts.access import PUBLIC, AuthenticatedHttpRequest, access, client_address
from shuangjian.accounts.forms import ChangePasswordForm, SignInForm
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN
from shuangjian.journal import audit


@access(roles=PUBLIC, methods=("GET", "POST"), audit="change", rate="login", idempotent=False)
@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignInView(LoginView):
    """The sign-in page. Failures are counted per name and address; a success is never refused for its number."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        with transaction.atomic():
            login(self.request, user)
            audit.record(action="accounts.user.signed_in", subject=user, actor=user, role=_role_of(user))
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.request.method == "POST":
            context["tries_left"] = self._tries_left()
        return context

    def _tries_left(self) -> int:
        name = str(self.request.POST.get("username", ""))[:40].replace("\x00", "")
        attempt = AccessAttempt.objects.filter(username=name, ip_address=client_address(self.request)).first()
        failures = attempt.failures_since_start if attempt else 0
        return max(get_failure_limit(self.request, None) - failures, 0)


def _role_of(user: Any) -> str:
    return user.main_post.role if user.main_post else ""


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What django-axes shows after too many failures of one name from one address."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "accounts/locked_out.html", {"minutes": minutes}, status=429)


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), audit="change", idempotent=False)
def sign_out(request: AuthenticatedHttpRequest) -> HttpResponse:
    """End the session. The browser drops its cache; work kept on the device stays (decisions.md, Sign-out)."""
    logout(request)
    response = redirect("home")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@access(roles=EVERYBODY_SIGNED_IN)
def me(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own account: name, posts, text size, password."""
    return render(request, "accounts/me.html", {"posts": request.user.posts})


@access(roles=EVERYBODY_SIGNED_IN, methods=("GET", "POST"), audit="change")
@sensitive_post_parameters()
def change_password(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions of the person end with it."""
    form = ChangePasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            user.must_change_password = False
            user.save(update_fields=["must_change_password"])
            audit.record(
                action="accounts.user.password_changed", subject=user, actor=user, role=_role_of(user)
            )
        update_session_auth_hash(request, user)
        messages.success(request, "密码已修改，其他设备上的登录已退出")
        return redirect("me")
    return render(request, "accounts/change_password.html", {"form": form})
