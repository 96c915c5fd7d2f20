"""The rules, for everybody."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shuangjian.accounts.access import PUBLIC, access
from shuangjian.accounts.roles import Role
from shuangjian.policy.models import CheckItem, Limit, Prohibition, Rule, Rulebook, RuleCharge
from shuangjian.policy.plain_words import done_in_the_county, plain_words
from shuangjian.policy.selectors import current_rulebook, guidance_of, prohibitions_in_force

_KINDS = ("严禁", "不得", "不能")
# Words for the codes of the data file's groups: who checks besides the one who answers.
_CHECKERS = {
    "parent": "家长问卷",
    "inspector": "检查组、责任督学",
    "bureau": "教育局",
    "government_supervision": "县政府教育督导机构",
}


@access(roles=PUBLIC)
def rule_list(request: HttpRequest) -> HttpResponse:
    """The thirty rules in their four groups, with who answers and what is forbidden."""
    book = current_rulebook()
    limits = Count(
        "items__indicators__limits", filter=Q(items__indicators__limits__in_force=True), distinct=True
    )
    rules = list(
        Rule.objects.filter(rulebook=book)
        .annotate(item_count=Count("items", distinct=True), limit_count=limits)
        .order_by("number")
    )
    forbidden: dict[str, set[str]] = {}
    for prohibition in prohibitions_in_force():
        forbidden.setdefault(prohibition.rule_code, set()).add(prohibition.kind)
    groups = [
        {
            **answering(book, value),
            "title": Rule.Group(value).label,
            "rules": [
                (rule, [kind for kind in _KINDS if kind in forbidden.get(rule.code, ())])
                for rule in rules
                if rule.group == value
            ],
        }
        for value in Rule.Group.values
    ]
    return render(request, "policy/rule_list.html", {"groups": groups, "count": len(rules), "book": book})


def answering(book: Rulebook | None, group: str) -> dict[str, Any]:
    """Who answers the rules of a group, who checks them besides, and what else is said of it, in words."""
    if book is None:
        return {}
    entry = next(entry for entry in book.groups if entry["code"] == group)
    checkers = [_CHECKERS[code] for code in [*entry["cross_check_by"], *entry["inspected_by"]]]
    return {
        "who": book.roles.get(entry["self_check_by"], ""),
        "checkers": "、".join(checkers),
        "note": entry.get("note", ""),
    }


@access(roles=PUBLIC)
def rule_page(request: HttpRequest, number: int) -> HttpResponse:
    """One rule: in plain words, its figures with their documents, who answers, what is forbidden and done."""
    book = current_rulebook()
    numbers = list(Rule.objects.filter(rulebook=book).order_by("number").values_list("number", flat=True))
    if book is None or number not in numbers:
        raise Http404(f"没有第{number}条，共{len(numbers)}条" if numbers else "减负三十条还没有导入")
    rule = Rule.objects.get(rulebook=book, number=number)
    limits = Limit.objects.select_related("source", "indicator").order_by("pk")
    items = list(rule.items.prefetch_related("prohibitions", Prefetch("indicators__limits", queryset=limits)))
    figures = _figures(items)
    sources = {source.code: source for source in book.sources.all()}
    position = numbers.index(number)
    said = guidance_of(item.code for item in items)
    context = {
        "rule": rule,
        "plain": plain_words(rule.code),
        "done": done_in_the_county(rule.code),
        "items": [(item, said.get(item.code)) for item in items],
        "may_rewrite": request.user.is_authenticated and request.user.has_role(Role.TASK_FORCE),
        "limits": [row for row in figures if row["limit"].in_force],
        "old_limits": [row for row in figures if not row["limit"].in_force],
        "prohibitions": _forbidden(rule, items),
        "also": [(sources[entry["src"]], entry["use"]) for entry in rule.also],
        "previous": numbers[position - 1] if position else None,
        "next": numbers[position + 1] if position + 1 < len(numbers) else None,
        "office": _office_of(rule),
        "answer_rules": [] if rule.group == Rule.Group.FAMILY else book.answer_rules[:3],
        **answering(book, rule.group),
    }
    return render(request, "policy/rule.html", context)


def _office_of(rule: Rule) -> str:
    """The office of the county that answers the rule; empty where none does."""
    if rule.group != Rule.Group.GOVERNMENT:
        return ""
    charge = RuleCharge.objects.select_related("organisation").filter(rule_code=rule.code).first()
    return charge.organisation.name if charge is not None and charge.organisation is not None else ""


def _figures(items: list[CheckItem]) -> list[dict[str, Any]]:
    return [
        {"item": item, "indicator": indicator, "limit": limit}
        for item in items
        for indicator in item.indicators.all()
        for limit in indicator.limits.all()
    ]


def _forbidden(rule: Rule, items: list[CheckItem]) -> list[Prohibition]:
    """What the rule itself forbids, then what its items touch of other rules (J05 is of rules 1 and 15)."""
    own = list(prohibitions_in_force(rule.code).select_related("list"))
    seen = {prohibition.code for prohibition in own}
    touched = {one.code: one for item in items for one in item.prohibitions.all() if one.code not in seen}
    return own + [touched[code] for code in sorted(touched)]
