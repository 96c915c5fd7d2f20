"""Two people at one paper, at once: one signature with one number, one draft of one problem."""

from __future__ import annotations

import pytest

from inspections.workflows import papers as workflow
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import Refused, WrongState
from shuangjian.journal.models import Series
from tests.cast import Cast
from tests.inspections.cases import case_at_a1
from tests.inspections.papering import notice, submitted
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("policy")]


def test_two_signatures_at_once_are_one_signature_and_one_number(cast: Cast) -> None:
    paper = notice(cast, cast.a1, [case_at_a1(cast, "planning")])
    submitted(cast, paper)

    def sign() -> str:
        try:
            return workflow.SIGNING.sign(row_id=paper.pk, actor=cast.leader, version=None).document_no
        except (WrongState, StaleRow):
            return "refused"

    assert sorted(at_once(sign, sign)) == ["refused", "云教函〔2026〕1号"]
    assert Series.objects.get(kind="document:云教函").last == 1
    assert workflow.SIGNING.jobs_of(paper).count() == 1


def test_two_papers_signed_at_once_have_two_numbers_in_a_row(cast: Cast) -> None:
    rows = [notice(cast, cast.a1, [case_at_a1(cast, "planning")]) for _ in range(2)]
    for row in rows:
        submitted(cast, row)

    def sign(pk: int) -> int | None:
        return workflow.SIGNING.sign(row_id=pk, actor=cast.leader, version=None).document_number

    assert sorted(at_once(*[lambda pk=row.pk: sign(pk) for row in rows])) == [1, 2]


def test_two_drafts_at_once_of_one_problem_are_one_draft(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")

    def draft() -> str:
        try:
            return notice(cast, cast.a1, [task]).no
        except Refused:
            return "refused"

    assert sorted(at_once(draft, draft)) == ["2026-W0001", "refused"]
