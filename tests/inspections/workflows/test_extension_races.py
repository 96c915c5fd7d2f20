"""延期: two people and one request, or one date, at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.models import RectificationTask
from inspections.workflows import extensions
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast, person
from tests.inspections.cases import case_at_a1, fresh, later
from tests.parallel import at_once

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.django_db(transaction=True)]
WHY: dict[str, Any] = {"ground": "works", "words": "改造工程未验收"}


def ask(task: RectificationTask, actor: User) -> RectificationTask:
    return extensions.ask(task_id=task.pk, actor=actor, version=task.version, to_on=later(30), **WHY)


def extend(task: RectificationTask, actor: User) -> RectificationTask:
    return extensions.extend(task_id=task.pk, actor=actor, version=task.version, to_on=later(30), **WHY)


def grant(task: RectificationTask, actor: User) -> RectificationTask:
    return extensions.grant(task_id=task.pk, actor=actor, version=task.version)


def refuse(task: RectificationTask, actor: User) -> RectificationTask:
    return extensions.refuse(task_id=task.pk, actor=actor, version=task.version, words="可以分段完成")


def test_of_two_who_decide_one_request_at_once_one_wins(cast: Cast) -> None:
    second = person("task_force_2", "叶青", Role.TASK_FORCE, cast.county)
    for _ in range(10):
        task = fresh(ask(fresh(case_at_a1(cast, "rectifying")), cast.head_a1))
        outcomes = at_once(
            lambda task=task: grant(task, cast.task_force),  # type: ignore[misc]
            lambda task=task: refuse(task, second),  # type: ignore[misc]
        )
        assert [isinstance(one, StaleRow) for one in outcomes].count(True) == 1, outcomes
        one = task.extensions.get()
        granted = one.state == "granted"
        assert (fresh(task).due_on == one.to_on) is granted
        assert one.decided_by == (cast.task_force if granted else second)
        assert AuditEntry.objects.filter(subject_no=task.no).count() == 2  # asked for, and decided once


def test_a_request_and_an_extension_by_staff_at_once_leave_one(cast: Cast) -> None:
    for _ in range(10):
        task = fresh(case_at_a1(cast, "rectifying"))
        outcomes = at_once(
            lambda task=task: ask(task, cast.head_a1),  # type: ignore[misc]
            lambda task=task: extend(task, cast.task_force),  # type: ignore[misc]
        )
        assert [isinstance(one, (StaleRow, Refused)) for one in outcomes].count(True) == 1, outcomes
        assert task.extensions.count() == 1
