"""台账视图: naming a view of the ledger, renaming and sharing it, deleting it."""

from __future__ import annotations

from django.db import transaction

from inspections import ledger
from inspections.models import LedgerView
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused

MOST_OF_ONE = 20  # views of a person
MOST_QUERY = 1000  # characters of an address

audit.name_actions(
    {
        "inspections.ledger_view.saved": "保存台账视图",
        "inspections.ledger_view.changed": "修改台账视图",
        "inspections.ledger_view.deleted": "删除台账视图",
    }
)


def save(*, actor: User, book: ledger.Ledger, name: str, is_shared: bool) -> LedgerView:
    """Keep the view that ``book`` shows under ``name``. Raises Refused: too many, too long, name taken."""
    query = book.asked
    if len(query) > MOST_QUERY:
        raise Refused("筛选条件太长，不能存成视图，请去掉一些条件")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # two at once: the second sees the first
        own = LedgerView.objects.filter(owner=actor)
        if own.count() >= MOST_OF_ONE:
            raise Refused(f"每人最多存{MOST_OF_ONE}个视图，请先删去不用的")
        _check_name(actor, name)
        view = LedgerView.objects.create(owner=actor, name=name, query=query, is_shared=is_shared)
        _record("saved", view, actor)
    return view


def change(*, view_id: int, actor: User, version: int | None, name: str, is_shared: bool) -> LedgerView:
    """Rename, share or take back; with nothing new nothing is written."""
    with transaction.atomic():
        view = _kept(view_id, actor, version)
        if (view.name, view.is_shared) == (name, is_shared):
            return view
        if name != view.name:
            _check_name(view.owner, name)
        view.name, view.is_shared = name, is_shared
        view.version += 1
        view.save(update_fields=["name", "is_shared", "version"])
        _record("changed", view, actor)
    return view


def delete(*, view_id: int, actor: User, version: int | None) -> str:
    """Delete it; returns its name. The address itself goes on working for whoever has it."""
    with transaction.atomic():
        view = _kept(view_id, actor, version)
        _record("deleted", view, actor)
        view.delete()
    return view.name


def _kept(view_id: int, actor: User, version: int | None) -> LedgerView:
    """The locked view, if it is this person's to change. Raises StaleRow, NotAllowed."""
    view = LedgerView.objects.select_for_update(of=("self",)).select_related("owner").get(pk=view_id)
    check_version(view, version)
    if not actor.has_perm("inspections.keep_ledger_view", view):
        raise NotAllowed("这个视图由别人保存，您可以使用，不能修改")
    return view


def _check_name(owner: User, name: str) -> None:
    if LedgerView.objects.filter(owner=owner, name=name).exists():
        raise Refused(f"已经有叫“{name}”的视图，请换一个名称")


def _record(what: str, view: LedgerView, actor: User) -> None:
    audit.record(
        action=f"inspections.ledger_view.{what}",
        subject=view,
        actor=actor,
        role=acting_role(actor),
        after={"is_shared": view.is_shared, "owner": view.owner_id},
        note=f"{view.name}：{view.query}",
    )
