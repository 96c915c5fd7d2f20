"""The county's own rules and items: collected as drafts, put in force together by publishing a version.

A version is the shipped rulebook with every addition that is in force; rounds and visits that run keep the
version that they began with. Whom the county leaves out of a rule (``Exemption``) needs no version.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models import Max

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit, locks
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.locks import Lock
from shuangjian.policy.models import (
    CheckItem,
    Exemption,
    Indicator,
    Limit,
    LocalItem,
    LocalRule,
    LocalState,
    Rule,
    Rulebook,
    Source,
)
from shuangjian.policy.models.rulebook import FIRST_LOCAL_ORDINAL
from shuangjian.policy.selectors import current_rulebook

KEEPERS = frozenset({Role.TASK_FORCE})
NATIONAL_RULES = 30
_ADDED: tuple[type[models.Model], ...] = (LocalRule, LocalItem)
_WHO = {"school": "school", "institution": "institution", "government": "bureau"}

audit.name_actions(
    {
        "policy.local_rule.added": "拟增加本县条目",
        "policy.local_rule.edited": "修改拟增加的本县条目",
        "policy.local_rule.removed": "删去或取消本县条目",
        "policy.local_item.added": "拟增加本县检查项",
        "policy.local_item.edited": "修改拟增加的本县检查项",
        "policy.local_item.removed": "删去或取消本县检查项",
        "policy.rulebook.published": "发布条目新版本",
        "policy.exemption.made": "确定不在适用范围",
        "policy.exemption.ended": "恢复适用",
    }
)


def _check_keeper(actor: User) -> None:
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("本县条目由双减专班增加")


def _record(action: str, row: Any, actor: User, **facts: Any) -> None:
    audit.record(action=f"policy.{action}", subject=row, actor=actor, role=acting_role(actor), **facts)


# --- Drafts -------------------------------------------------------------------------------------------


def add_rule(*, actor: User, **words: Any) -> LocalRule:
    """A rule after the thirty; it needs an item before it can be published."""
    _check_keeper(actor)
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        last = LocalRule.objects.aggregate(last=Max("number"))["last"] or NATIONAL_RULES
        row = LocalRule.objects.create(number=last + 1, made_by=actor, **words)
        _record("local_rule.added", row, actor, after={"number": row.number, "group": row.group})
    return row


def add_item(*, actor: User, rule_code: str, **words: Any) -> LocalItem:
    """An item under one of the rules of today, or under a rule that is being added."""
    _check_keeper(actor)
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        if rule_code not in rules_to_add_to():
            raise Refused("没有这一条，请从列表中选择")
        last = LocalItem.objects.filter(rule_code=rule_code).aggregate(last=Max("ordinal"))["last"]
        row = LocalItem.objects.create(
            rule_code=rule_code, ordinal=(last or FIRST_LOCAL_ORDINAL - 1) + 1, made_by=actor, **words
        )
        _record("local_item.added", row, actor, after={"item": row.code})
    return row


def rules_to_add_to() -> dict[str, str]:
    """Code → words of every rule that units or offices answer: those in force, and drafts of the county's."""
    book = current_rulebook()
    found = Rule.objects.filter(rulebook=book).exclude(group=Rule.Group.FAMILY).order_by("number")
    drafts = LocalRule.objects.filter(state=LocalState.DRAFT)
    return {rule.code: str(rule) for rules in (found, drafts) for rule in rules}


def edit(*, row: LocalRule | LocalItem, actor: User, version: int | None, **words: Any) -> None:
    """Change a draft. What is in force is never rewritten: it is dropped, and another one added."""
    _check_keeper(actor)
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        now = type(row)._default_manager.select_for_update().get(pk=row.pk)
        check_version(now, version)
        if now.state != LocalState.DRAFT:
            raise Refused("已经在用的不能改，请取消后另外增加")
        for name, value in words.items():
            setattr(now, name, value)
        now.version += 1
        now.save()
        _record(f"{_noun(now)}.edited", now, actor)


def remove(*, row: LocalRule | LocalItem, actor: User, version: int | None) -> None:
    """Take a draft away; what is in force is marked and leaves with the next version (again: stays)."""
    _check_keeper(actor)
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        now: Any = type(row)._default_manager.select_for_update().get(pk=row.pk)
        check_version(now, version)
        if now.state == LocalState.DROPPED:
            raise Refused("已经取消")
        before = now.state
        if before == LocalState.DRAFT:
            _record(f"{_noun(now)}.removed", now, actor, before={"state": before})
            if isinstance(now, LocalRule):
                LocalItem.objects.filter(rule_code=now.code, state=LocalState.DRAFT).delete()
            now.delete()
            return
        now.state = LocalState.IN_FORCE if before == LocalState.DROPPING else LocalState.DROPPING
        now.version += 1
        now.save()
        _record(f"{_noun(now)}.removed", now, actor, before={"state": before}, after={"state": now.state})


def _noun(row: LocalRule | LocalItem) -> str:
    return "local_rule" if isinstance(row, LocalRule) else "local_item"


# --- Publishing ---------------------------------------------------------------------------------------


def publish(*, actor: User, in_force_from: date, document_no: str) -> Rulebook:
    """Put every draft in force and take out what was marked, as the next version of the rulebook.

    Raises Refused where nothing changes, a rule has no item, the day has passed.
    """
    _check_keeper(actor)
    if in_force_from < clock.today():
        raise Refused("施行日期不能早于今天")
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        base = Rulebook.objects.filter(base=None).order_by("-in_force_from", "-pk").first()
        if base is None:
            raise Refused("还没有导入减负三十条，请先由系统管理员导入")
        newest = Rulebook.objects.order_by("-in_force_from", "-pk").first()
        if newest is not None and newest.in_force_from > in_force_from:
            raise Refused(f"已有{newest.in_force_from:%Y-%m-%d}起施行的版本，施行日期不能比它早")
        changed = 0
        for model in _ADDED:
            rows = model._default_manager.all()
            changed += rows.filter(state=LocalState.DRAFT).update(state=LocalState.IN_FORCE)
            changed += rows.filter(state=LocalState.DROPPING).update(state=LocalState.DROPPED)
        gone = [rule.code for rule in LocalRule.objects.filter(state=LocalState.DROPPED)]
        LocalItem.objects.filter(rule_code__in=gone).update(state=LocalState.DROPPED)
        if not changed:
            raise Refused("没有拟增加或拟取消的条目，不用发布")
        book = compose(base, in_force_from=in_force_from, document_no=document_no)
        _record(
            "rulebook.published",
            book,
            actor,
            after={"version": book.version, "from": in_force_from, "changed": changed},
            note=document_no,
        )
    return book


def follow(shipped: Rulebook) -> Rulebook | None:
    """A new shipped version carries what the county added before; None where it added nothing."""
    if not any(model._default_manager.filter(state=LocalState.IN_FORCE).exists() for model in _ADDED):
        return None
    latest = Rulebook.objects.exclude(base=None).order_by("-pk").first()
    document_no = latest.document_no if latest is not None else ""
    return compose(shipped, in_force_from=shipped.in_force_from, document_no=document_no)


def compose(base: Rulebook, *, in_force_from: date, document_no: str) -> Rulebook:
    """A copy of a shipped rulebook with all additions that are in force. Raises Refused for an empty rule."""
    rules = list(LocalRule.objects.filter(state=LocalState.IN_FORCE))
    items = list(LocalItem.objects.filter(state=LocalState.IN_FORCE))
    empty = {rule.code for rule in rules} - {item.rule_code for item in items}
    if empty:
        raise Refused(f"第{'、'.join(str(int(code[1:])) for code in sorted(empty))}条还没有检查项，请先增加")
    book = _copy(base, rules)
    book.version = f"{base.version}-县{base.made_from_it.count() + 1}"
    book.in_force_from, book.document_no, book.base = in_force_from, document_no, base
    book.save()
    sources = {old: _copied(source, rulebook=book) for old, source in _by_key(base.sources.all())}
    copied: dict[str, Rule] = {}
    for _, rule in _by_key(base.rules.all()):
        own_items = list(rule.items.prefetch_related("prohibitions", "indicators__limits"))
        copied[rule.code] = new = _copied(rule, rulebook=book)
        for item in own_items:
            _copy_item(item, new, sources)
    for local in rules:
        copied[local.code] = Rule.objects.create(
            rulebook=book,
            code=local.code,
            number=local.number,
            title=local.title,
            group=local.group,
            requirement=local.requirement,
            source_text=local.source_text,
            verified=True,
        )
    for own in items:
        rule = copied[own.rule_code]
        CheckItem.objects.create(
            rule=rule,
            code=own.code,
            ordinal=own.ordinal,
            text=own.text,
            evidence=own.evidence,
            answered_by=[_WHO[rule.group]],
            stages=own.stages,
            categories=own.categories,
            modes=own.modes,
            evidence_required=own.evidence_required,
        )
    return book


def _copy(base: Rulebook, rules: Iterable[LocalRule]) -> Rulebook:
    more = [rule.group for rule in rules]
    groups = [{**group, "count": group["count"] + more.count(group["code"])} for group in base.groups]
    return Rulebook(
        title=base.title, answer_rules=base.answer_rules, groups=groups, roles=base.roles, digest=base.digest
    )


def _by_key(rows: Iterable[Any]) -> list[tuple[int, Any]]:
    return [(row.pk, row) for row in rows]


def _copied(row: Any, **changed: Any) -> Any:
    """The same row under a new key; ``row`` itself becomes the new one."""
    row.pk = None
    row._state.adding = True
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def _copy_item(item: CheckItem, rule: Rule, sources: dict[int, Source]) -> None:
    prohibitions, indicators = list(item.prohibitions.all()), list(item.indicators.all())
    limits = {indicator.pk: list(indicator.limits.all()) for indicator in indicators}
    new = CheckItem(
        rule=rule,
        **{
            field.name: getattr(item, field.name)
            for field in CheckItem._meta.concrete_fields
            if field.name not in ("id", "rule")
        },
    )
    new.save()
    new.prohibitions.set(prohibitions)
    for indicator in indicators:
        old = indicator.pk
        fresh = Indicator.objects.create(
            item=new, name=indicator.name, unit=indicator.unit, value_kind=indicator.value_kind
        )
        Limit.objects.bulk_create(
            Limit(
                indicator=fresh,
                source=sources[limit.source_id],
                **{
                    field.name: getattr(limit, field.name)
                    for field in Limit._meta.concrete_fields
                    if field.name not in ("id", "indicator", "source")
                },
            )
            for limit in limits[old]
        )


# --- Whom it does not concern -------------------------------------------------------------------------


def exempt(*, organisation: Organisation, code: str, reason: str, document_no: str, actor: User) -> Exemption:
    """Leave a unit out of a rule or an item, from the next round and visit on. Raises Refused."""
    _check_keeper(actor)
    with transaction.atomic():
        locks.hold(Lock.LOCAL_RULES)
        if not _is_asked(code):
            raise Refused("没有这一条或这一项，例如第4条写4，检查项写4-1")
        if Exemption.objects.filter(organisation=organisation, code=code, ended_at=None).exists():
            raise Refused(f"{organisation.name}已经不在这一条的适用范围")
        row = Exemption.objects.create(
            organisation=organisation, code=code, reason=reason, document_no=document_no, made_by=actor
        )
        _record("exemption.made", row, actor, organisation=organisation, after={"code": code}, note=reason)
    return row


def _is_asked(code: str) -> bool:
    book = current_rulebook()
    rules = Rule.objects.filter(rulebook=book, code=code).exclude(group=Rule.Group.FAMILY)
    return rules.exists() or CheckItem.objects.filter(rule__rulebook=book, code=code).exists()


def end_exemption(*, exemption_id: int, actor: User, version: int | None) -> Exemption:
    """Ask the unit again from the next round and visit on."""
    _check_keeper(actor)
    with transaction.atomic():
        row = Exemption.objects.select_for_update().get(pk=exemption_id)
        check_version(row, version)
        if row.ended_at is not None:
            raise Refused("已经恢复适用")
        row.ended_at, row.ended_by = clock.now(), actor
        row.version += 1
        row.save()
        _record("exemption.ended", row, actor, organisation=row.organisation, before={"code": row.code})
    return row
