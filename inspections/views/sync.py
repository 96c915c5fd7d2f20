"""What inspectors' phones ask and send, as JSON (the shell that speaks it: static/js/phone)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse, UnreadablePostError

from inspections import sync_package, sync_wire
from inspections.models import Device
from inspections.views.visits import CONDUCTORS
from inspections.workflows import devices, sync
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.journal.errors import DomainError, Refused, WrongState

Reply = Callable[..., HttpResponse]
_TRY_AGAIN = ("55P03", "40P01", "40001")  # somebody holds the row, deadlock, serialization


def _in_json(view: Reply) -> Reply:
    """Answers and refusals as JSON that nobody keeps. A busy database refuses nothing: it is sent again."""

    @wraps(view)
    def answering(request: AuthenticatedHttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except DomainError as error:
            response = JsonResponse({"error": str(error)}, status=error.status)
        except UnreadablePostError:  # nobody listens any more
            response = HttpResponse(status=400)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _TRY_AGAIN:
                raise
            response = JsonResponse({"error": "平台正忙，稍后再传"}, status=503)
        response["Cache-Control"] = "no-store"
        return response

    return answering


def _body(request: AuthenticatedHttpRequest) -> dict[str, Any]:
    """The request's JSON, an object. Raises Refused."""
    raw = request.body
    if len(raw) > sync_wire.MOST_BYTES:
        raise _TooLarge("一次传的内容太多，请更新页面后分次再传")
    read = sync_wire.read_json(raw)
    if not isinstance(read, dict):
        raise Refused(sync_wire.UNREADABLE)
    return read


class _TooLarge(Refused):
    status = 413


@access(
    roles=CONDUCTORS,
    methods=("POST",),
    audit="change",
    idempotent=False,  # registered again, a device is the same one
)
@_in_json
def register_device(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Registers this browser for its person: key, block of record numbers, the next of them."""
    told = _body(request)
    name = told.get("name")
    block = devices.register(
        user=request.user,
        device_id=sync_wire.device_id(told.get("device")),
        name=name if isinstance(name, str) else "",
    )
    device = block.device
    return JsonResponse(
        {
            "device": str(device.device_id),
            "block": block.block,
            "year": block.year,
            "next_record": devices.next_record(block),
            "expected": device.expected,
            "key": base64.b64encode(devices.key_of(device)).decode(),
            "key_id": devices.key_id_of(device),
            "user": {"id": request.user.pk, "name": request.user.name},
            "server_now": clock.now(),
        }
    )


@access(roles=CONDUCTORS, scope="list")
@_in_json
def visits_to_take(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The person's own visits that are not over, with the size of each."""
    return JsonResponse({"server_now": clock.now(), "visits": sync_package.listed(request.user)})


@access(roles=CONDUCTORS, scope="own", audit="read")
@_in_json
def visit_to_take(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One visit as it lies on the phone: for who goes on it."""
    visit = get_visible(sync_package.visits_of(request.user), request.user, no=no)
    return JsonResponse(sync_package.package_of(visit, request.user))


@access(
    roles=CONDUCTORS,
    methods=("POST",),
    audit="change",
    idempotent=False,  # each operation is its own key
)
@_in_json
def operations(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What was done on the phone: each operation once, in its order, with a receipt."""
    told = _body(request)
    came = told.get("operations")
    if not isinstance(came, list):
        raise Refused(sync_wire.UNREADABLE)
    if len(came) > sync_wire.MOST_OPERATIONS:
        raise _TooLarge(f"一次最多传{sync_wire.MOST_OPERATIONS}步，请更新页面后分次再传")
    device = (
        Device.objects.visible_to(request.user)
        .filter(device_id=sync_wire.device_id(told.get("device")))
        .first()
    )
    if device is None:
        raise WrongState("这台手机还没有登记，请重新打开页面")
    received = sync.receive(
        device=device, operations=came, device_now=sync_wire.moment(told.get("client_now"))
    )
    return JsonResponse(
        {"server_now": clock.now(), "results": received.results, "expected": received.expected}
    )
