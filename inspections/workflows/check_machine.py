"""The table of moves of a self-check; ``self_check`` and ``check_answers`` have a function for each.

Source: ux.md flow A; practice.md P3 (one confirmation).
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from inspections.check_sheet import WITH_UNIT
from inspections.models import SelfCheck
from shuangjian.accounts.machine import Machine, Move, Transition
from shuangjian.accounts.models import User
from shuangjian.journal import audit

S = SelfCheck.State


def _t(label: str, source: set[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{permission}"
    )


_EDITABLE: set[str] = set(SelfCheck.EDITABLE_STATES)
_UNSUBMITTED: set[str] = set(SelfCheck.OPEN_STATES)

# A target of None: filling turns 未开始 into 填写中 and leaves 退回修改; taking back leads to either.
# 代填: the staff fills instead of the unit, from its paper; what the unit began online is the unit's own.
TRANSITIONS = {
    "save": _t("填写", _EDITABLE, None, "fill_check"),
    "attach-evidence": _t("添加佐证", _EDITABLE, None, "fill_check"),
    "remove-evidence": _t("删除佐证", _EDITABLE, None, "fill_check"),
    "restore-evidence": _t("恢复佐证", _EDITABLE, None, "fill_check"),
    "send-to-head": _t("送负责人确认", _EDITABLE, S.CONFIRMING, "send_check"),
    "take-back": _t("撤回修改", {S.CONFIRMING}, None, "fill_check"),
    "confirm": _t("确认并提交", _UNSUBMITTED, S.SUBMITTED, "confirm_check"),
    "submit-scan": _t("上传盖章扫描件并提交", _UNSUBMITTED, S.SUBMITTED, "send_check"),
    "key-in": _t("代填", {S.NOT_STARTED, S.RETURNED}, None, "key_in_check"),
    "stop-keying": _t("停止代填", _EDITABLE, None, "go_on_keying_check"),
    "submit-keyed": _t("按纸质表提交", _EDITABLE, S.SUBMITTED, "go_on_keying_check"),
    "send-back": _t("退回修改", {S.SUBMITTED}, S.RETURNED, "review_check"),
    "accept": _t("确认自查", {S.SUBMITTED}, S.ACCEPTED, "review_check"),
}
MACHINE: Machine[SelfCheck] = Machine(SelfCheck, "inspections.check", TRANSITIONS)

audit.name_actions(
    {f"inspections.check.{key.replace('-', '_')}": f"自查：{move.label}" for key, move in TRANSITIONS.items()}
)


def moving(
    key: str, check_id: int, actor: User, version: int | None
) -> AbstractContextManager[Move[SelfCheck]]:
    """The move ``key`` on the locked check, its round and unit loaded with it."""
    return MACHINE.moving(
        key,
        row_id=check_id,
        actor=actor,
        version=version,
        queryset=SelfCheck.objects.select_related(*WITH_UNIT),
    )


def begin(step: Move[SelfCheck]) -> None:
    """未开始 becomes 填写中 with the first thing filled in; the journal says who types in for a unit."""
    if step.row.state == S.NOT_STARTED:
        step.row.state = S.FILLING
    if step.row.is_being_keyed_in:
        step.after["keyed_in_by"] = step.actor.pk
        step.note = f"代填：{step.actor.name}\n{step.note}".strip()
