"""Signing in and out, and one's own account page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shuangjian.accounts import sessions, sign_in_limits
from shuangjian.accounts.access import PUBLIC, SIGNED_IN, AuthenticatedHttpRequest, access, client_address
from shuangjian.accounts.forms import ChangePasswordForm, SignInForm
from shuangjian.accounts.machine import acting_role
from shuangjian.journal import audit
from shuangjian.navigation import menu_for


@access(roles=PUBLIC, methods=("GET", "POST"), audit="change", rate="login", idempotent=False)
@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignInView(LoginView):
    """The sign-in page. Failures are counted (``sign_in_limits``), successes never."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return landing_page(self.request.user)

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        with transaction.atomic():
            login(self.request, user)
            sessions.begin(self.request)
            audit.record(action="accounts.user.signed_in", subject=user, actor=user, role=acting_role(user))
        return redirect(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        """The same words whether or not there is such a name."""
        return self.render_to_response(self.get_context_data(form=form, trouble=self._trouble(form)))

    def _trouble(self, form: Any) -> str:
        codes = {error.code for errors in form.errors.as_data().values() for error in errors}
        if "required" in codes:
            return "请填写账号和密码"
        if "slip_expired" in codes:
            return str(form.non_field_errors()[0])
        left = sign_in_limits.tries_left(name_tried(self.request), client_address(self.request))
        return f"账号或密码不对，还可再试{left}次"


def name_tried(request: HttpRequest) -> str:
    """The account that a form of signing in names, as the limits count it."""
    return request.POST.get("username", "").replace("\x00", "").strip()[:40]


def landing_page(user: Any) -> str:
    """Where a person begins: the first page of his menu; his own account while he has no post."""
    menu = menu_for(user, "")
    return menu[0].url if menu else reverse("me")


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What django-axes shows after too many failures: which limit it was, and when to try again."""
    wait = sign_in_limits.wait_of(name_tried(request), client_address(request))
    return render(request, "accounts/locked_out.html", {"wait": wait}, status=429)


@access(roles=SIGNED_IN, methods=("POST",), audit="change", idempotent=False)
def sign_out(request: AuthenticatedHttpRequest) -> HttpResponse:
    """End the session. The browser drops its cache; work kept on the device stays until sent."""
    user = request.user
    with transaction.atomic():
        audit.record(action="accounts.user.signed_out", subject=user, actor=user, role=acting_role(user))
        logout(request)
    response = redirect("home")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@access(roles=SIGNED_IN, methods=("GET", "POST"), idempotent=False, counts_as_use=False)
def own_session(request: AuthenticatedHttpRequest) -> JsonResponse:
    """How many seconds the sign-in still lasts; a POST (「继续使用」) renews it. For static/js/session.js.

    Asking alone is no use. The form token goes with it: a page that stayed open over a new sign-in of the
    same person can then still send what was typed.
    """
    if request.method == "POST":
        sessions.renew(request)
    left = sessions.remaining(request)
    return JsonResponse(
        {"idle": left.idle, "in_all": left.in_all, "who": request.user.pk, "token": get_token(request)}
    )


@access(roles=SIGNED_IN)
def me(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own account: name, posts, text size, password."""
    context = {"posts": request.user.held_posts, "acting": request.user.acting_post_id}
    return render(request, "accounts/me.html", context)


@access(roles=SIGNED_IN, methods=("POST",), audit="change")
def choose_post(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Act in one of one's posts, or in all again, until the sign-in ends."""
    wanted = request.POST.get("post", "")
    post = next((held for held in request.user.held_posts if str(held.pk) == wanted), None)
    if wanted and post is None:
        messages.error(request, "这个岗位现在不能用，请从列表中选择")
        return redirect("me")
    sessions.act_in(request, post)
    audit.record(
        action="accounts.user.post_chosen",
        subject=request.user,
        actor=request.user,
        role=acting_role(request.user),
        after={"role": post.role, "organisation": post.organisation_id} if post else {},
    )
    words = f"{post.organisation.name}{post.get_role_display()}" if post else "全部岗位"
    messages.success(request, f"现在用的岗位：{words}")
    return redirect(landing_page(request.user))


@access(roles=SIGNED_IN, methods=("GET", "POST"), audit="change")
@sensitive_post_parameters()
def change_password(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions of the person end with it."""
    form = ChangePasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            user.must_change_password, user.initial_password_until = False, None
            user.save(update_fields=["must_change_password", "initial_password_until"])
            audit.record(
                action="accounts.user.password_changed",
                subject=user,
                actor=user,
                role=acting_role(user),
            )
        update_session_auth_hash(request, user)
        messages.success(request, "密码已修改，其他设备上的登录已退出")
        return redirect("me")
    return render(request, "accounts/change_password.html", {"form": form})
