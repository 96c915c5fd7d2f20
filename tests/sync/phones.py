"""A phone as the server knows it: its id, its clock, and operations numbered one after another."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from inspections.models import Device, Visit, VisitFinding
from shuangjian import clock
from shuangjian.accounts.models import User
from tests.registry import signed_in

BLANK = {
    "value": "",
    "text": "",
    "breaks_prohibition": False,
    "at_once": False,
    "due_days": None,
    "methods": [],
}


@dataclass
class Phone:
    """One inspector's phone. ``off`` is what its clock is ahead of ours; every tap takes a second."""

    user: User
    off: timedelta = timedelta(0)
    device_id: UUID = field(default_factory=uuid4)
    queue: list[dict[str, Any]] = field(default_factory=list)
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    registered: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = signed_in(self.user)
        self.began = clock.now() - timedelta(hours=1)
        answer = self.post("/sync/devices/", {"device": str(self.device_id), "name": "Chromium · Android"})
        assert answer.status_code == 200, answer.content.decode()
        self.registered = answer.json()

    @property
    def row(self) -> Device:
        return Device.objects.get(device_id=self.device_id)

    def post(self, path: str, body: Any, client: Client | None = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body)
        return (client or self.client).post(path, raw, content_type="application/json")

    def record_no(self, number: int = 1) -> str:
        return f"现{self.registered['year']}-{self.registered['block']}-{number:04d}"

    # --- What is tapped
    def tap(self, kind: str, visit: Visit | str, **more: Any) -> dict[str, Any]:
        """The next operation of this phone."""
        seq = len(self.queue) + 1
        at = self.began + self.off + timedelta(seconds=seq)
        no = visit if isinstance(visit, str) else visit.no
        operation = {"seq": seq, "kind": kind, "visit": no, "at": at.isoformat(), "base": 1, **more}
        self.queue.append(operation)
        return operation

    def fills(self, visit: Visit, item: str, **new: Any) -> dict[str, Any]:
        """Change fields of an item from what this phone last had there."""
        before = self.known.setdefault((visit.no, item), dict(BLANK))
        fields = {name: {"old": before[name], "new": value} for name, value in new.items()}
        before.update(new)
        return self.tap("finding", visit, item=item, fields=fields)

    def ends(self, visit: Visit, number: int = 1, **more: Any) -> dict[str, Any]:
        said = {"summary": "请统筹作业总量。", "record_no": self.record_no(number), **more}
        return self.tap("end", visit, **said)

    def confirms(self, visit: Visit, **more: Any) -> dict[str, Any]:
        said = {"mode": "screen", "unit_person": "黄勇", "unit_person_post": "校长", **more}
        return self.tap("confirm", visit, **said)

    # --- What is sent
    def body(self, operations: list[Any]) -> dict[str, Any]:
        now: datetime = clock.now() + self.off
        return {"device": str(self.device_id), "client_now": now.isoformat(), "operations": operations}

    def sends(self, operations: list[Any] | None = None) -> list[dict[str, Any]]:
        """Send these, or all there are; the results in their order."""
        answer = self.post("/sync/operations/", self.body(self.queue if operations is None else operations))
        assert answer.status_code == 200, answer.content.decode()
        return list(answer.json()["results"])

    def send_one(self, operation: Any) -> dict[str, Any]:
        return self.sends([operation])[0]


def state_of(visit: Visit) -> dict[str, Any]:
    """What the server holds of a visit, without times and keys: two ways there must end alike."""
    fresh = Visit.objects.get(pk=visit.pk)
    names = ("value", "text", "breaks_prohibition", "at_once", "due_days", "methods", "version")
    findings = VisitFinding.objects.filter(visit=fresh).order_by("item__code")
    return {
        "visit": [getattr(fresh, name) for name in ("state", "summary", "unit_person", "version")],
        "findings": {one.item.code: [getattr(one, name) for name in names] for one in findings},
        "problems": sorted(
            fresh.findings.filter(problems__isnull=False).values_list("item__code", "problems__fact")
        ),
    }
