"""What the unit answered to the same items last time: offered as a start, never filled in by itself (P4)."""

from __future__ import annotations

from dataclasses import dataclass

from inspections.check_sheet import ItemAnswer
from inspections.models import Answer, SelfCheck, Submission
from shuangjian.policy.models import Term


@dataclass(frozen=True)
class Earlier:
    """One answer of the unit's last submitted check before this one."""

    title: str  # of its term
    label: str
    answer: ItemAnswer


def earlier_answers(check: SelfCheck) -> dict[str, Earlier]:
    """By item code; empty where the unit has submitted nothing before. One query.

    Figures, dates and people are of their time and are not taken over.
    """
    # Its own round is due on the same day, so nothing of its own is found.
    last = (
        Submission.objects.filter(
            self_check__organisation=check.organisation_id, self_check__round__due_on__lt=check.round.due_on
        )
        .order_by("-submitted_at")
        .values_list("answers", "self_check__round__term__code")
        .first()
    )
    if last is None:
        return {}
    answers, term = last
    labels = dict(Answer.Value.choices)
    return {
        code: Earlier(
            title=Term(code=term).short_title,
            label=labels[one["value"]],
            answer=ItemAnswer(
                value=one["value"],
                problem_text=one.get("problem_text", ""),
                measure_text=one.get("measure_text", ""),
                reason=one.get("reason", ""),
            ),
        )
        for code, one in answers.items()
        if one.get("value") in labels
    }
