"""Pages of what leaves the portal: the county's channels, and one's own mailbox."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from shuangjian.accounts import channels, workflows
from shuangjian.accounts.access import SIGNED_IN, AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.forms_channels import ChangeChannelForm, MailForm, NewChannelForm
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import deliveries
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import DeliveryChannel

PAGE_SIZE = 50


@access(roles={Role.SYSTEM_ADMIN}, scope="list")
def channel_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The channels, and the addresses that nothing reaches now, with their causes."""
    page = Paginator(deliveries.failing(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "channels": DeliveryChannel.objects.visible_to(request.user),
        "page_obj": page,
        "failing": [(delivery, deliveries.where_of(delivery)) for delivery in page],
    }
    return render(request, "accounts/channels.html", context)


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), audit="change")
@sensitive_post_parameters("secret", "signing_secret")
def channel_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Set up a channel."""
    form = NewChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel = channels.create(actor=request.user, **form.arguments())
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, f"已新建“{channel.name}”，请发一条测试消息")
            return redirect("channels")
    return render(request, "accounts/channel_form.html", {"form": form, "heading": "新建发送渠道"})


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), scope="own", audit="change")
@sensitive_post_parameters("secret", "signing_secret")
def channel_edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Another name or address for a channel; what is stored is not shown."""
    channel = get_visible(DeliveryChannel, request.user, pk=pk)
    form = ChangeChannelForm(request.POST or None, channel=channel, initial={"name": channel.name})
    if request.method == "POST" and form.is_valid():
        try:
            channels.change(
                channel_id=pk, actor=request.user, version=posted_version(request), **form.arguments()
            )
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, "已保存")
            return redirect("channels")
    context = {"form": form, "heading": f"修改“{channel.name}”", "row": channel}
    return render(request, "accounts/channel_form.html", context)


@access(roles={Role.SYSTEM_ADMIN}, methods=("POST",), scope="own", audit="change")
def channel_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """POST /settings/channels/<pk>/<move>/: on, off, test. A test leads to its job, which has the result."""
    if move not in ("on", "off", "test"):
        raise Http404(move)
    channel = get_visible(DeliveryChannel, request.user, pk=pk)
    version = posted_version(request)
    if move == "test":
        ordered = channels.test(channel_id=channel.pk, actor=request.user, version=version)
        return redirect("job", ordered.job_id)
    channels.switch(channel_id=channel.pk, actor=request.user, version=version, is_on=move == "on")
    messages.success(request, f"“{channel.name}”已{'启用' if move == 'on' else '停用'}")
    return redirect("channels")


@access(roles=SIGNED_IN, methods=("GET", "POST"), audit="change")
def own_mail(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Where one's own mail goes, and whether the digest of the day does."""
    user = User.objects.get(pk=request.user.pk)
    form = MailForm(request.POST or None, initial={"mail": user.mail, "wants_mail": user.wants_mail})
    if request.method == "POST" and form.is_valid():
        workflows.choose_mail(
            user_id=user.pk, actor=request.user, version=posted_version(request), **form.cleaned_data
        )
        messages.success(request, "已保存")
        return redirect("me")
    is_open = DeliveryChannel.objects.in_use().filter(kind=DeliveryChannel.Kind.MAIL).exists()
    return render(request, "accounts/me_mail.html", {"form": form, "row": user, "is_open": is_open})
