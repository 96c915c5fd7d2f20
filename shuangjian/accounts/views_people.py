"""用户与权限: accounts for the system administrator, their roles for the security administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian import navigation
from shuangjian.accounts import forms_people as forms
from shuangjian.accounts import grants, selectors, set_up, workflows
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, require
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import KEEPER_ROLES, Role
from shuangjian.accounts.slips import Slip
from shuangjian.accounts.views_slips import printed_slips
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50


@access(roles=KEEPER_ROLES, scope="list", audit="read")
def user_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All accounts with the roles held today."""
    reading = selectors.read_accounts(request.user, request.GET)
    chosen = selectors.chosen_accounts(request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        **chosen,
        "roles": Role.choices,
        "states": selectors.ACCOUNT_STATES,
        "is_narrowed": any(chosen.values()),
        "to_decide": navigation.badge("grants", request.user),
        "may_create": request.user.has_role(Role.SYSTEM_ADMIN),
        "set_up": set_up.steps_of(request.user),
    }
    return render(request, "accounts/users.html", context)


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), audit="change")
def user_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Open an account; the answer is the slip with its initial password, shown this once."""
    form = forms.NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = workflows.create_account(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("username", str(refused))
        else:
            return _slip(request, user, password)
    return render(request, "accounts/user_new.html", {"form": form})


def _slip(request: AuthenticatedHttpRequest, user: User, password: str) -> HttpResponse:
    """The slip is the answer to the form itself: the password is stored nowhere on the way to a next page.

    201 says that the form was carried out; sent again, it gets no second slip.
    """
    return printed_slips(request, [Slip(user, password, user.posts)])


def _account(username: str) -> User:
    if "\x00" in username:
        raise Http404
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist as missing:
        raise Http404 from missing


@access(roles=KEEPER_ROLES, scope="own", audit="read")
def user_page(request: AuthenticatedHttpRequest, username: str) -> HttpResponse:
    """One account: whose it is, whether it can be used, its roles now and before, and what may be done."""
    account = _account(username)
    context = {
        "account": account,
        "posts": selectors.posts_of(account),
        "asked_for": selectors.grant_requests(request.user).open().filter(user=account),
        "locked_from": selectors.locked_addresses(account),
        "moves": [
            (key, move.label)
            for key, move in MOVES.items()
            if request.user.has_perm(move.permission, account) and move.is_open(account)
        ],
    }
    return render(request, "accounts/user.html", context)


@dataclass(frozen=True)
class Move:
    """What can be done to an account: its right, when it is offered, its form and the words of its page."""

    label: str
    permission: str
    form: Callable[[User, Any], Any]
    effect: str
    run: Callable[..., Any]
    done: str = ""
    is_open: Callable[[User], bool] = lambda account: True
    danger: bool = False


def _plain(form: Any) -> Callable[[User, Any], Any]:
    return lambda account, data: form(data)


def _end_post(*, post: Any, when: str, **common: Any) -> Any:
    return workflows.end_post(membership_id=post.pk, at_once=when == "now", **common)


def _reset(*, met: bool, **common: Any) -> Any:
    return workflows.reset_password(**common)


MOVES = {
    "edit": Move(
        "修改资料",
        "accounts.edit_account",
        lambda account, data: forms.AccountForm(data, initial={"name": account.name, "phone": account.phone}),
        "账号不能改。换了人请新建账号，不要改姓名。",
        workflows.edit_account,
        "已修改",
    ),
    "reset-password": Move(
        "重置密码",
        "accounts.keep_account",
        _plain(forms.ResetForm),
        "生成新的激活码，打印激活条交给本人。原密码立即作废，所有设备上的登录退出。",
        _reset,
        is_open=lambda account: account.is_active,
    ),
    "disable": Move(
        "停用账号",
        "accounts.keep_account",
        lambda account, data: None,
        "停用后不能登录，已经登录的下一次操作时退出。角色和办过的事项保留，可以恢复。",
        workflows.disable,
        "已停用",
        is_open=lambda account: account.is_active,
        danger=True,
    ),
    "enable": Move(
        "恢复账号",
        "accounts.keep_account",
        lambda account, data: None,
        "恢复后用原密码登录；忘记密码的再重置。",
        workflows.enable,
        "已恢复",
        is_open=lambda account: not account.is_active,
    ),
    "grant": Move(
        "申请授予角色",
        "accounts.ask_for_role",
        _plain(forms.GrantForm),
        "角色决定能看哪些单位、能办哪些事，由另一位管理员确认后生效。三员（系统管理员、安全管理员、审计员）不能兼任，也不能有业务角色。",
        grants.ask,
        "已申请，等另一位管理员确认",
        is_open=lambda account: account.is_active,
    ),
    "end-post": Move(
        "收回角色",
        "accounts.end_post",
        lambda account, data: forms.EndPostForm(data, account=account),
        "收回后不能再看和办这个角色的事项，办过的记录不变。",
        _end_post,
        "已收回",
        is_open=lambda account: bool(selectors.open_posts(account)),
        danger=True,
    ),
    "unlock": Move(
        "解除登录锁定",
        "accounts.unlock_account",
        lambda account, data: None,
        "清除输错密码的记录，本人可以马上再试。请先确认输错的是本人。",
        workflows.unlock,
        "已解除",
        is_open=lambda account: bool(selectors.failed_addresses(account)),
    ),
}


@access(roles=KEEPER_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def user_move(request: AuthenticatedHttpRequest, username: str, move: str) -> HttpResponse:
    """The page of one change of an account, and the change: POST /settings/users/<username>/<move>/."""
    if move not in MOVES:
        raise Http404(move)
    account, chosen = _account(username), MOVES[move]
    require(request.user, chosen.permission, account)
    posted = request.POST if request.method == "POST" else None
    form = chosen.form(account, posted)
    refusal = ""
    if posted is not None and (form is None or form.is_valid()):
        try:
            result = chosen.run(
                user_id=account.pk,
                actor=request.user,
                version=posted_version(request),
                **(form.cleaned_data if form is not None else {}),
            )
        except Refused as refused:
            if form is not None:
                form.add_error(None, str(refused))
            refusal = str(refused)
        else:
            if move == "reset-password":
                return _slip(request, *result)
            messages.success(request, chosen.done)
            return redirect("user", username=username)
    context = {"account": account, "move": chosen, "form": form, "refusal": refusal}
    return render(request, "accounts/user_move.html", context)
