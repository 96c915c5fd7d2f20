"""What phones sent, in words: the fields of an item, and an operation that could not be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inspections.models import SyncOperation, VisitFinding
from inspections.reports.blocks import NOTHING

FIELD_LABELS = {
    "value": "检查结果",
    "text": "问题说明",
    "breaks_prohibition": "触碰严禁或不得",
    "at_once": "须当场停止",
    "due_days": "整改期限",
    "methods": "检查方式",
}
KIND_LABELS = {
    "start": "开始督导",
    "finding": "填写检查项",
    "end": "结束督导",
    "reopen": "返回修改",
    "confirm": "双方确认",
}
_TOLD = {
    "summary": "现场意见",
    "record_no": "记录编号",
    "unit_person": "单位确认人",
    "unit_person_post": "职务",
    "unit_remark": "单位意见",
    "refused_reason": "拒绝确认的理由",
    "witness": "见证人",
}
_VALUES: dict[Any, str] = {"": "未查", **dict(VisitFinding.Value.choices)}
_METHODS: dict[Any, str] = dict(VisitFinding.Method.choices)


def value_words(field: str, value: Any) -> str:
    """有问题, 7天, 是, 查阅资料、巡查; what has no such words as it came."""
    if field == "value" and isinstance(value, str):
        return _VALUES.get(value, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if value in (None, "", []):
        return NOTHING
    if field == "due_days":
        return f"{value}天"
    if field == "methods" and isinstance(value, list):
        return "、".join(_METHODS.get(one, str(one)) if isinstance(one, str) else str(one) for one in value)
    return str(value)


def lines_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, words) of the fields of an item, in the order of the checklist."""
    return [
        (label, value_words(name, values[name])) for name, label in FIELD_LABELS.items() if name in values
    ]


def content_of(row: SyncOperation) -> list[tuple[str, str]]:
    """(label, words) of everything that an operation says. Whatever its shape, nothing of it is left out."""
    body = row.told
    found = [("检查项", str(body["item"]))] if "item" in body else []
    fields = body.get("fields")
    if isinstance(fields, dict):
        new = {name: pair["new"] for name, pair in fields.items() if isinstance(pair, dict) and "new" in pair}
        found += lines_of(new)
    found += [(label, value_words(name, body[name])) for name, label in _TOLD.items() if body.get(name)]
    if row.kind not in KIND_LABELS or not found:
        found += [("内容", "、".join(_leaves(row.body)))]
    return found


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value not in (None, ""):
        yield str(value)
