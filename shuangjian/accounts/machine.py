"""How every move of every state machine is made: lock, look, write, one audit entry, all in one transaction.

A workflow module states its machine as a table of ``Transition`` and one function per move; the screens ask
``open_moves`` which buttons to show, the tests walk the same table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import models, transaction

from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import Versioned

RowT = TypeVar("RowT", bound=Versioned)
# Every machine there is, as its module is loaded: docs/machines.md is drawn from them.
MACHINES: list[Machine[Any]] = []


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One legal move. ``target`` None keeps the state; ``permission`` is asked on the locked row."""

    label: str
    source: frozenset[str]
    target: str | None
    permission: str

    def allowed_from(self, state: str) -> bool:
        return state in self.source


@dataclass
class Move(Generic[RowT]):
    """A move under way: the locked row and what the audit entry will say besides the states."""

    row: RowT
    actor: User
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Machine(Generic[RowT]):
    """A noun's states and moves."""

    model: type[RowT]
    action_prefix: str  # of the audit action: "inspections.task"
    transitions: Mapping[str, Transition]

    def __post_init__(self) -> None:
        audit.name_actions({self.action_of(key): move.label for key, move in self.transitions.items()})
        audit.name_families({self.action_prefix: self.model._meta.label_lower})
        MACHINES.append(self)

    def action_of(self, key: str) -> str:
        """The audit action of a move: "inspections.task.send_back"."""
        return f"{self.action_prefix}.{key.replace('-', '_')}"

    def open_moves(self, row: RowT, user: User) -> list[str]:
        """Keys of the moves that ``user`` could make on ``row`` now, in the order of the table."""
        return [
            key
            for key, move in self.transitions.items()
            if move.allowed_from(row.state) and user.has_perm(move.permission, row)  # type: ignore[attr-defined]
        ]

    def check(self, key: str, row: Any, actor: User | None) -> None:
        """Raises WrongState if the move is not legal from the row's state, NotAllowed if the actor may not.

        Ask it of the locked row. None: the right was asked before.
        """
        transition = self.transitions[key]
        if not transition.allowed_from(row.state):
            raise WrongState(f"当前状态是“{row.get_state_display()}”，不能{transition.label}")
        if actor is not None and not actor.has_perm(transition.permission, row):
            raise NotAllowed(f"您的角色不能对此项{transition.label}")

    @contextmanager
    def moving(
        self,
        key: str,
        *,
        row_id: int,
        actor: User,
        version: int | None,
        queryset: models.QuerySet[Any] | None = None,
        is_granted: bool = False,
    ) -> Iterator[Move[RowT]]:
        """Make the move ``key``: the body writes the fields of its step, this state, version, audit entry.

        Raises StaleRow if the row changed since ``version``, WrongState if the move is not legal from the
        locked state, NotAllowed if the actor lacks the permission on the locked row. Locks the row for the
        transaction. ``is_granted``: the right was asked of another move that this one follows from.
        """
        transition = self.transitions[key]
        with transaction.atomic():
            rows = queryset if queryset is not None else self.model._default_manager.all()
            row: Any = rows.select_for_update(of=("self",)).get(pk=row_id)
            check_version(row, version)
            self.check(key, row, None if is_granted else actor)
            step = Move(row=row, actor=actor, before={"state": row.state})
            yield step
            if transition.target is not None:
                row.state = transition.target
            row.version += 1
            row.save()
            step.after.setdefault("state", row.state)
            audit.record(
                action=self.action_of(key),
                subject=row,
                actor=actor,
                organisation=row.organisation,
                role=acting_role(actor),
                before=step.before,
                after=step.after,
                note=step.note,
            )


def acting_role(actor: User | None) -> str:
    """The role under which a person acts, for the journal; empty for the system."""
    return actor.main_post.role if actor is not None and actor.main_post else ""
