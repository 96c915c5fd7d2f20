"""What the reviewer reads: the frozen submission rule by rule, beside the one before where it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from inspections.check_sheet import words_of
from inspections.models import Answer, ReturnNote, SelfCheck, Submission
from shuangjian.dates import cn_date
from shuangjian.policy import judging
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Rule

_LABELS = dict(Answer.Value.choices)


def _cn(iso: str | None) -> str:
    day = date.fromisoformat(iso) if iso else None
    return cn_date(day) if day else ""


@dataclass(frozen=True)
class Frozen:
    """One answer of a submission, as it was frozen (``check_sheet.snapshot``)."""

    said: dict[str, Any]

    @property
    def value(self) -> str:
        return str(self.said["value"])

    @property
    def label(self) -> str:
        return _LABELS.get(self.value, "未作答")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(label, words) of what was said besides the value."""
        pairs = [
            ("存在的问题", self.said.get("problem_text")),
            ("整改措施", self.said.get("measure_text")),
            ("责任人", self.said.get("person")),
            ("完成时限", _cn(self.said.get("fix_on"))),
            ("不适用的理由", self.said.get("reason")),
        ]
        return [(label, words) for label, words in pairs if words]

    @property
    def keyed_in_by(self) -> str:
        """Who typed the answer in from the unit's paper (代填); empty where the unit answered itself."""
        return str(self.said.get("keyed_in_by", ""))

    @property
    def figures(self) -> list[dict[str, Any]]:
        return list(self.said.get("figures", []))

    @property
    def files(self) -> list[dict[str, Any]]:
        return list(self.said.get("files", []))


@dataclass(frozen=True)
class ReviewLine:
    """One item: what was submitted now, and before if that was something else."""

    item: CheckItem
    now: Frozen
    before: Frozen | None

    @property
    def is_changed(self) -> bool:
        return self.before is not None


@dataclass(frozen=True)
class ReviewRule:
    """One rule of the submission with the words that returned it last time."""

    rule: Rule
    lines: list[ReviewLine]
    note: ReturnNote | None

    @property
    def conclusion(self) -> str:
        value = judging.conclusion(line.now.value for line in self.lines)
        return _LABELS.get(value, "")

    @property
    def is_changed(self) -> bool:
        return any(line.is_changed for line in self.lines)

    @property
    def needs_a_look(self) -> bool:
        """Open on the page: something does not conform, is said not to apply, changed or was returned."""
        return self.note is not None or any(
            line.is_changed or line.now.value != Answer.Value.MEETS for line in self.lines
        )


@dataclass(frozen=True)
class Review:
    """The last submission of a check."""

    submission: Submission
    rules: list[ReviewRule]
    has_earlier: bool

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """(value, label, number of rules) of the conclusions that occur."""
        labels = [rule.conclusion for rule in self.rules]
        return [(value, label, labels.count(label)) for value, label in _LABELS.items() if label in labels]


def review_of(check: SelfCheck) -> Review | None:
    """The last submission; None before there was any."""
    people = ("submitted_by", "keyed_in_by")
    submissions = list(check.submissions.order_by("-ordinal").select_related(*people)[:2])
    if not submissions:
        return None
    last, earlier = submissions[0], submissions[1] if len(submissions) > 1 else None
    old = earlier.answers if earlier else {}
    # The words that belong to this submission: those that led to it, or those that returned it.
    ordinals = [last.ordinal - 1, last.ordinal]
    notes = {
        note.rule_id: note
        for note in check.return_notes.filter(ordinal__in=ordinals)
        .select_related("written_by")
        .order_by("ordinal")
    }
    rules: dict[int, ReviewRule] = {}
    for item in items_of(check.round.rulebook_id, check.organisation.kind):
        said = last.answers.get(item.code)
        if said is None:
            continue
        was = old.get(item.code)
        line = ReviewLine(
            item, Frozen(said), Frozen(was) if was is not None and words_of(was) != words_of(said) else None
        )
        rules.setdefault(item.rule_id, ReviewRule(item.rule, [], notes.get(item.rule_id))).lines.append(line)
    return Review(last, list(rules.values()), earlier is not None)
