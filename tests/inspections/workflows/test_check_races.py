"""Two people at the same instant: one submission, both savers' words, one publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inspections.check_sheet import ItemAnswer
from inspections.models import Problem, SelfCheck, Submission
from inspections.workflows import rounds, self_check
from shuangjian.journal.errors import WrongState
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Rulebook, Term
from tests.cast import Cast, assemble
from tests.inspections.checking import check_of, draft, fill, publish, row_of, sheet_of
from tests.parallel import at_once
from tests.poured import load_policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ground(transactional_db: None, november: None) -> tuple[Cast, Term]:
    cast = assemble()
    load_policy()
    assert Rulebook.objects.exists()
    return cast, Term.objects.get(code="2026-autumn")


def test_two_heads_submitting_leave_one_submission(ground: tuple[Cast, Term]) -> None:
    cast, term = ground
    publish(cast, term, unit_kinds=["institution"])
    partly = ItemAnswer(value="partly", problem_text="缺2份合同")
    check = fill(check_of(cast.a3), cast.clerk_a3, R13_3=partly)

    def confirm() -> Any:
        return self_check.confirm(check_id=check.pk, actor=cast.manager_a3)

    results = at_once(confirm, confirm)
    assert sorted(type(result).__name__ for result in results) == ["SelfCheck", WrongState.__name__]
    assert Submission.objects.count() == 1 and Problem.objects.count() == 1
    assert AuditEntry.objects.filter(action="inspections.check.confirm").count() == 1


def test_two_savers_of_one_rule_both_keep_their_words(ground: tuple[Cast, Term]) -> None:
    cast, term = ground
    publish(cast, term, unit_kinds=["institution"])
    check = check_of(cast.a3)
    opened = sheet_of(check).rule(13)
    assert opened is not None
    codes = [line.item.code for line in opened.asked]

    def save(code: str, who: Any) -> Callable[[], Any]:
        page = {one: ItemAnswer(value="meets" if one == code else "") for one in codes}
        return lambda: self_check.save_rule(
            check_id=check.pk,
            rule_number=13,
            actor=who,
            version=opened.version,
            answers=page,
            as_draft=True,
        )

    results = at_once(save("R13-1", cast.clerk_a3), save("R13-2", cast.manager_a3))
    assert [type(result) for result in results] == [self_check.SavedRule] * 2
    assert (row_of(check, "R13-1").value, row_of(check, "R13-2").value) == ("meets", "meets")


def test_publishing_twice_at_once_publishes_once(ground: tuple[Cast, Term]) -> None:
    cast, term = ground
    round_ = draft(cast, term)

    def act() -> Any:
        return rounds.publish(round_id=round_.pk, actor=cast.task_force)

    results = at_once(act, act)
    assert sorted(type(result).__name__ for result in results) == ["Round", WrongState.__name__]
    assert SelfCheck.objects.count() == 4
