"""The versions of the rulebook, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from shuangjian.policy.models import CheckItem, Indicator, Limit, Rulebook

_ANSWERED_BY = {"school": "学校", "institution": "机构", "parent": "家长", "bureau": "教育局"}
_SCOPE = {
    "lower": "小学一至二年级", "upper": "小学三年级以上", "junior": "初中",
    "final": "初中毕业年级", "senior": "高中",
    "academic": "学科类", "non_academic": "非学科类", "online": "线上", "offline": "线下",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One thing that is new, gone or worded otherwise; for the last ``lines`` of (what, before, after)."""

    heading: str
    kind: str  # 新增, 删去, 修改
    lines: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A rule, an item, a limit or a document, with what is said of it."""

    heading: str
    facts: dict[str, str]


def versions() -> QuerySet[Rulebook]:
    """Every version with the size of what it holds, newest first; one query."""
    return Rulebook.objects.annotate(
        rule_count=Count("rules", distinct=True),
        item_count=Count("rules__items", distinct=True),
        limit_count=Count("rules__items__indicators__limits", distinct=True),
        source_count=Count("sources", distinct=True),
        unverified_count=Count("sources", filter=Q(sources__verified=False), distinct=True),
    ).order_by("-in_force_from", "-pk")


def differences(old: Rulebook, new: Rulebook) -> list[Change]:
    """What ``new`` says otherwise than ``old``, in the order of the rules; a fixed number of queries."""
    before, after = dict(_entries(old)), dict(_entries(new))
    changes = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            changes.append(Change(after[key].heading, "新增"))
        elif key not in after:
            changes.append(Change(before[key].heading, "删去"))
        elif before[key].facts != after[key].facts:
            was, now = before[key].facts, after[key].facts
            lines = [
                (what, was.get(what, ""), words) for what, words in now.items() if was.get(what) != words
            ]
            changes.append(Change(after[key].heading, "修改", lines))
    return changes


def _entries(book: Rulebook) -> Iterator[tuple[str, Entry]]:
    """Everything that a version says, each under the key by which it is found again in another version."""
    for rule in book.rules.all():
        yield (
            rule.code,
            Entry(
                str(rule),
                {
                    "名称": rule.title,
                    "组": rule.get_group_display(),
                    "要求": rule.requirement,
                    "依据": rule.source_text,
                },
            ),
        )
    items = CheckItem.objects.filter(rule__rulebook=book).select_related("rule")
    for item in items.prefetch_related("prohibitions"):
        yield item.code, Entry(f"{item.short_code} {item.text}", _facts_of_item(item))
    figures = Indicator.objects.filter(item__rule__rulebook=book).select_related("item")
    for figure in figures.prefetch_related("limits__source"):
        for limit in figure.limits.all():
            key = f"{figure.item.code}/{figure.name}/{limit.stage_label}/{limit.source.code}"
            heading = f"{figure.item.short_code} {figure.name}（{limit.stage_label}）"
            yield key, Entry(heading, _facts_of_limit(limit))
    for source in book.sources.all():
        facts = {
            "名称": source.title,
            "文号": source.number,
            "日期": source.dated,
            "核对": "已核对" if source.verified else "未核对",
        }
        yield f"~{source.code}", Entry(f"依据文件 {source.title}", facts)  # after the rules


def _facts_of_item(item: CheckItem) -> dict[str, str]:
    return {
        "检查项": item.text,
        "看什么": item.evidence,
        "谁填": "、".join(_ANSWERED_BY.get(code, code) for code in item.answered_by),
        "范围": "、".join(_SCOPE[code] for code in [*item.stages, *item.categories, *item.modes]) or "都适用",
        "佐证": "必须" if item.evidence_required else "可选",
        "禁止事项": "；".join(sorted(str(one) for one in item.prohibitions.all())),
    }


def _facts_of_limit(limit: Limit) -> dict[str, str]:
    return {
        "限值": limit.words,
        "依据": str(limit.source),
        "起": str(limit.in_force_from or ""),
        "止": str(limit.in_force_to or ""),
        "核对": "已核对" if limit.verified else "未核对",
    }
