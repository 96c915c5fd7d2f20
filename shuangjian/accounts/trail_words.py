"""The facts of audit entries in words: 「状态：整改中 → 待核查」 instead of keys, codes and ids.

An entry keeps ids, states and dates (docs/decisions/0017); this reads them back with the names of today. What
nobody named stays as it is: an auditor must see everything, if need be raw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone

from shuangjian.accounts.models import Organisation, User
from shuangjian.journal.models import AuditEntry

_CHINESE = re.compile("[一-鿿]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")

# Keys that are no fields of their subject, or fields without a Chinese name.
_KEYS = {
    "acknowledged": "已签收", "active": "可登录", "addresses": "地址数", "appeal": "复核或申诉",
    "approval_no": "批准文号", "as_of": "数据截至", "asked_by": "申请人", "asked_for": "申请延至",
    "attained": "达标的单位", "audience": "对象", "authority": "授权书", "base": "基数",
    "batch": "批量安排", "block": "编号段", "bound": "绑定", "by": "办理人", "called_at": "通话时间",
    "cell": "单元格", "change": "修改", "changed": "有变化", "checks": "自查份数",
    "checks_ended": "结束的自查", "chosen": "选定的一版", "close_no": "销号编号", "commitment": "承诺",
    "commitments": "承诺数", "conflict": "两人所填不同", "corrected_by": "更正为", "corrects": "更正",
    "count": "件数", "create": "新增", "created": "新增", "days": "天数", "department": "部门",
    "device": "手机", "digest": "内容校验值", "document": "文件校验值", "document_no": "文号",
    "done": "已导入", "doubt": "数据疑点", "down_on": "下线日期", "draft": "草稿", "drawn": "抽中",
    "due_on": "期限", "duties_ended": "终止的方案任务", "duties_moved": "转交的方案任务",
    "ends_on": "结束日期", "evidence": "佐证", "extension": "延期", "faults": "差错", "field": "项目",
    "file": "材料", "file_id": "文件", "files": "文件", "first_on": "开始日期", "form": "形式",
    "from": "自", "from_on": "自", "held_on": "日期", "homework_seen": "查过的作业符合",
    "homework_stated": "登记的作业在限值内", "how": "方式", "import": "导入", "inquiry": "核查",
    "item": "检查项", "items": "逐项结论", "joined": "加入的", "kept": "没有变化",
    "keyed_in_by": "代填人", "kind": "类别", "last_on": "结束日期", "leads_closed": "办结的线索点",
    "leads_found": "发现的线索点", "leads_verified": "核实的线索点", "left": "减少的",
    "letter_no": "移交函文号", "lines": "行数", "listing": "列表", "means": "送达方式",
    "measure": "措施", "members": "成员", "merged": "并入的单位", "method": "核查方式",
    "month": "月份", "moved": "改期的任务", "no": "编号", "objection": "异议", "obligation": "任务",
    "office": "科室", "on": "日期", "on_plan": "计划内", "operation": "操作", "operations": "操作数",
    "ordinal": "第几次整改", "organisation": "单位", "origin": "来源", "overseer": "督办人",
    "owner": "建立人", "paper": "公文", "paused": "停计天数", "people": "人数", "photos": "照片",
    "pictures": "图片", "plan_name": "计划名称", "plan_version": "计划版次", "planned_on": "计划日期",
    "problem": "问题", "problems": "问题", "published_on": "公布日期", "pupil_count": "在校学生数",
    "readings": "核对的数据", "record": "记录", "record_no": "记录编号", "refused": "未导入",
    "register": "登记档案", "replaces": "代替", "request": "申请", "results": "结果数",
    "review_on": "复核日期", "role": "角色", "row": "登记序号", "rows": "行数", "rule": "条目",
    "rules": "条目", "sanctions_ended": "终止的约谈通报", "sanctions_handed_over": "移交的约谈通报",
    "scan": "扫描件", "schools": "学校数", "secret": "更换地址", "sections": "章节",
    "seed": "随机种子", "severity": "严重程度", "sha256": "文件校验值", "sheet": "工作表",
    "starts_on": "开始日期", "state": "状态", "submission": "提交版次",
    "tasks_handed_over": "移交的整改", "team": "检查组", "term": "学期", "terms_ended": "结束的任职",
    "title": "标题", "to": "至", "told": "通知人数", "transfer": "移交",
    "troubled": "作业考试问题未销号", "unit": "单位", "unit_kinds": "单位类别", "units": "单位数",
    "valid_until": "有效期至", "value": "结论", "version": "版次", "visit": "督导", "visits": "督导",
    "visits_cancelled": "取消的督导", "what": "内容",
}  # fmt: skip
_UNITS = frozenset(
    {
        "area",
        "department",
        "filer",
        "handed_to",
        "institution",
        "merged",
        "office",
        "organisation",
        "successor",
        "to",
        "township",
    }
)
_PEOPLE = frozenset({"asked_by", "keyed_in_by", "members", "officer", "overseer", "owner", "team"})
# Other rows that facts point at: by which of their fields people know them.
_ROWS = {
    "obligation": ("policy.Obligation", "what"),
    "problem": ("inspections.Problem", "no"),
    "term": ("policy.Term", "title"),
}
# Facts that hold a value of another row's field, by which they are worded.
_FIELDS = {
    "means": ("inspections.Paper", "served_by"),
    "objection": ("inspections.Objection", "state"),
    "transfer": ("inspections.Transfer", "state"),
    "organisation": ("accounts.Organisation", "status"),
    "unit_kinds": ("accounts.Organisation", "kind"),
}
_SHOWN = 12  # of a list; the rest is counted
# Codes whose words an app above knows: key of the fact -> (the code) -> its words, or the code.
_CODES: dict[str, Callable[[str], str]] = {}


def name_codes(words_of: Mapping[str, Callable[[str], str]]) -> None:
    """Let an app word the codes that facts keep: {"register": lambda code: "书面作业"}. Call in ready()."""
    _CODES.update(words_of)


@dataclass(frozen=True)
class Names:
    """The names of the people, units and other rows of one page, read in one query for each kind."""

    people: Mapping[int, User]
    units: Mapping[int, str]
    rows: Mapping[str, Mapping[int, str]]

    @classmethod
    def of(cls, entries: Iterable[AuditEntry]) -> Names:
        people, units = set[int](), set[int]()
        rows: dict[str, set[int]] = {}
        for entry in entries:
            people |= {entry.actor_id} if entry.actor_id else set()
            units |= {entry.organisation_id} if entry.organisation_id else set()
            if entry.subject_type == User._meta.label_lower:
                people.add(int(entry.subject_id))
            for facts in (entry.before, entry.after):
                for key, value in facts.items():
                    people |= _ids(value) if key in _PEOPLE else set()
                    units |= _ids(value) if key in _UNITS else set()
                    if key in _ROWS:
                        rows.setdefault(key, set()).update(_ids(value))
        named = Organisation.objects.filter(pk__in=units).values_list("pk", "name")
        return cls(User.objects.in_bulk(people), dict(named), {key: _named(key, rows[key]) for key in rows})


def _named(key: str, ids: set[int]) -> dict[int, str]:
    label, name = _ROWS[key]
    return dict(apps.get_model(label)._base_manager.filter(pk__in=ids).values_list("pk", name))


def _ids(value: Any) -> set[int]:
    many = value if isinstance(value, list) else [value]
    return {one for one in many if isinstance(one, int) and not isinstance(one, bool)}


def changes(entry: AuditEntry, names: Names) -> list[tuple[str, str, str]]:
    """(field, before, after) of every fact of an entry, in words."""
    keys = [*entry.before, *(key for key in entry.after if key not in entry.before)]
    said = (
        (
            _field(entry.subject_type, key),
            _words(entry.subject_type, key, entry.before.get(key), names),
            _words(entry.subject_type, key, entry.after.get(key), names),
        )
        for key in keys
    )
    return [(field, before, after) for field, before, after in said if before or after]


@lru_cache(maxsize=1024)
def _field(subject_type: str, key: str) -> str:
    try:
        name = str(apps.get_model(subject_type)._meta.get_field(key).verbose_name)  # type: ignore[union-attr]
    except (LookupError, FieldDoesNotExist, AttributeError):
        name = ""
    return name if _CHINESE.search(name) else _KEYS.get(key, key)


@lru_cache(maxsize=1024)
def _choices(subject_type: str, key: str) -> dict[str, str]:
    """The words of the values that a field of this name has: the subject's own, else its app's."""
    if key in _FIELDS:
        label, name = _FIELDS[key]
        (field,) = (one for one in apps.get_model(label)._meta.fields if one.name == name)
        return {str(value): str(words) for value, words in field.flatchoices}
    app_label = subject_type.partition(".")[0]
    found: dict[str, str] = {}
    models = sorted(
        apps.get_app_config(app_label).get_models(), key=lambda model: model._meta.label_lower == subject_type
    )
    for model in models:  # the subject last: its words win
        for field in model._meta.fields:
            if field.name == key and field.flatchoices:
                found |= {str(value): str(label) for value, label in field.flatchoices}
    return found


def _words(subject_type: str, key: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return f"{len(value)}项"
    if isinstance(value, list):
        shown = "、".join(_words(subject_type, key, one, names) for one in value[:_SHOWN])
        return shown + (f"等{len(value)}项" if len(value) > _SHOWN else "")
    if key in _PEOPLE and value in names.people:
        return names.people[value].name
    if key in _UNITS and value in names.units:
        return names.units[value]
    if key in _ROWS and value in names.rows[key]:
        return names.rows[key][value]
    text = str(value)
    if _INSTANT.match(text):
        return f"{timezone.localtime(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}"
    known = _choices(subject_type, key)
    if text in known or key not in _CODES:
        return known.get(text, text)
    return _CODES[key](text)
