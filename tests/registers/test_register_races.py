"""Two people at the same moment: one winner, one doubt, and nobody waits for ever."""

from __future__ import annotations

import pytest

from inspections.workflows import doubts as judging
from shuangjian import clock
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import DomainError
from shuangjian.policy.workflows import loading
from shuangjian.registers import definitions
from shuangjian.registers.models import Doubt, Entry
from shuangjian.registers.workflows import doubts, entries
from tests.cast import NOVEMBER, Cast, assemble
from tests.parallel import at_once
from tests.registers.filling import state

pytestmark = [pytest.mark.registers, pytest.mark.django_db(transaction=True)]
SPORT = {"minutes": "45", "break_minutes": "30", "after_minutes": "15", "kept_in": False}


def say(cast: Cast, minutes: str) -> Entry:
    register = definitions.find("sport")
    assert register is not None
    return entries.save(
        organisation_id=cast.a1.pk,
        register=register,
        actor=cast.clerk_a1,
        version=0,
        lines=[{"key": "unit", "answers": SPORT | {"minutes": minutes}}],
        explanation="操场翻修",
    )


def test_two_saves_two_sweeps_and_a_judge_at_once() -> None:
    with clock.at(NOVEMBER):
        cast = assemble()
        loading.load(start_year=2026)
        found = at_once(lambda: say(cast, "45"), lambda: say(cast, "40"), doubts.sweep, doubts.sweep)
        assert sum(isinstance(one, StaleRow) for one in found) == 1
        assert not [one for one in found if isinstance(one, Exception) and not isinstance(one, StaleRow)]
        doubt = Doubt.objects.get()
        assert Entry.objects.get().versions.count() == 1

        def dismiss() -> Doubt:
            return judging.dismiss(doubt_id=doubt.pk, actor=cast.task_force, version=None, words="已核实")

        def mend() -> Entry:
            return state(cast.a1, "sport", cast.clerk_a1, {"unit": SPORT | {"minutes": "60"}})

        found = at_once(dismiss, dismiss, mend, doubts.sweep)
        faults = [one for one in found if isinstance(one, BaseException)]
        assert all(isinstance(one, DomainError) for one in faults), faults
        doubt.refresh_from_db()
        assert doubt.state in ("dismissed", "gone")
        assert not Doubt.objects.open().exists()
