"""What a phone sends, read: JSON that the database can keep, and operations of the right shape.

A body that is no JSON is refused as a whole: the phone still has it. One operation of a wrong shape is that
operation's matter; those beside it are carried out.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeGuard
from uuid import UUID

from django.utils import timezone

from inspections.models import VisitFinding
from inspections.workflows.finding_conflicts import Change
from inspections.workflows.visit_findings import FIELDS
from shuangjian.journal.errors import Refused

MOST_BYTES = 1024 * 1024
MOST_OPERATIONS = 200
MOST_DEPTH = 12  # a stroke on the screen takes six
MOST_POINTS = 4000
MOST_SEQ = 2**53 - 1  # the largest whole number of a phone's script
UNREADABLE = "内容读不出来，手机上还留着，请更新页面后再传"
_UNKEPT = re.compile("[\x00\ud800-\udfff]")  # what PostgreSQL has no place for


def read_json(raw: bytes) -> Any:
    """The JSON of a body, with what cannot be kept marked as 「�」. Raises Refused."""
    try:
        return _kept(json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite), depth=0)
    except (ValueError, RecursionError) as broken:
        raise Refused(UNREADABLE) from broken


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _kept(value: Any, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return _UNKEPT.sub("\ufffd", value)
    if isinstance(value, list):
        return [_kept(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_UNKEPT.sub("\ufffd", key): _kept(one, depth + 1) for key, one in value.items()}
    return value


def canonical(value: Any) -> bytes:
    """One way of writing it: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Sent:
    """One operation as it came. ``seq`` None: it has no number that could be one."""

    seq: int | None
    kind: str
    visit_no: str
    at: datetime | None
    body: Any
    digest: str


def sent(body: Any) -> Sent:
    """Read the head of an operation; never raises: what is wrong is said when it is carried out."""
    told = body if isinstance(body, dict) else {}
    seq = told.get("seq")
    return Sent(
        seq=seq if _is_whole(seq) and 0 < seq <= MOST_SEQ else None,
        kind=_short(told.get("kind")),
        visit_no=_short(told.get("visit")),
        at=moment(told.get("at")),
        body=body,
        digest=hashlib.sha256(canonical(body)).hexdigest(),
    )


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 20 else ""


def moment(value: Any) -> datetime | None:
    """An ISO time, the county's where it names no zone; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo else timezone.make_aware(read)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def device_id(value: Any) -> UUID:
    """Raises Refused for what is no UUID."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as wrong:
        raise Refused("手机的编号不对，请更新页面后再试") from wrong


def words(body: Mapping[str, Any], name: str, most: int) -> str:
    """A text of the operation, empty where it is not told. Raises Refused."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("这一步的内容不完整")
    if len(value) > most:
        raise Refused(f"这一步的文字超过{most}字")
    return value.strip()


_IS: dict[str, Callable[[Any], bool]] = {
    "value": lambda value: isinstance(value, str) and value in ("", *VisitFinding.Value.values),
    "text": lambda value: isinstance(value, str),
    "breaks_prohibition": lambda value: isinstance(value, bool),
    "at_once": lambda value: isinstance(value, bool),
    "due_days": lambda value: value is None or (_is_whole(value) and 0 <= value <= 999),
    "methods": lambda value: (
        isinstance(value, list)
        and all(isinstance(one, str) and one in VisitFinding.Method.values for one in value)
    ),
}


def changes(body: Mapping[str, Any]) -> dict[str, Change]:
    """The fields of a finding with what the phone saw and what it has now. Raises Refused."""
    told = body.get("fields")
    if not isinstance(told, dict) or not told:
        raise Refused("这一步没有写明改了什么")
    found = {}
    for name, pair in told.items():
        if name not in FIELDS or not isinstance(pair, dict) or not {"old", "new"} <= set(pair):
            raise Refused("这一步的内容不完整")
        if not (_IS[name](pair["old"]) and _IS[name](pair["new"])):
            raise Refused("这一步填的内容不在可选范围里")
        found[name] = Change(_trimmed(pair["old"]), _trimmed(pair["new"]))
    return found


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def stroke(body: Mapping[str, Any]) -> list[list[list[float]]]:
    """What was written on the screen: lines of points, each coordinate 0 to 9999. Raises Refused."""
    told = body.get("stroke") or []
    lines = told if isinstance(told, list) else [None]
    points = [point for line in lines for point in (line if isinstance(line, list) else [None])]
    if len(points) > MOST_POINTS or not all(_is_point(point) for point in points):
        raise Refused("屏幕手写的内容不完整，请重新签名")
    return [[[round(x, 1), round(y, 1)] for x, y in line] for line in lines if line]


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(
            isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 9999 for one in point
        )
    )
