"""What is done about a rule in the county this term, for everybody to read: counts, small ones not told.

No unit, no place and no person: three numbers and what the parents say, as it was published.
"""

from __future__ import annotations

from django.db.models import Count, Q

from inspections.models import RectificationTask, SelfCheck, VisitFinding
from inspections.parents.voice import parents_voice
from shuangjian.policy.plain_words import count_by, in_public
from shuangjian.policy.selectors import current_term

_CLOSED = RectificationTask.State.CLOSED


def of_rule(code: str) -> list[tuple[str, str]]:
    """(what, count in words) of the term of today; nothing before there was one."""
    term = current_term()
    if term is None:
        return []
    checks = SelfCheck.objects.filter(
        round__term=term,
        state__in=[SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED],
        answers__item__rule__code=code,
    )
    seen = VisitFinding.objects.filter(visit__term=term, visit__state="confirmed", item__rule__code=code)
    tasks = RectificationTask.objects.filter(problem__term=term, problem__rule__code=code).exclude(
        state=RectificationTask.State.WITHDRAWN
    )
    found = tasks.aggregate(
        all=Count("problem", distinct=True), closed=Count("problem", filter=Q(state=_CLOSED), distinct=True)
    )
    lines = [
        ("自查过的单位", in_public(checks.values("organisation").distinct().count(), "个")),
        ("现场看过的单位", in_public(_looked_at(seen), "个")),
        ("发现的问题", in_public(found["all"], "个")),
        ("其中已改好销号", in_public(found["closed"], "个")),
    ]
    for voice in filter(None, parents_voice(term).values()):
        if code in voice.question.rules:
            words = f"{voice.said}：{voice.good.percent_text}（{voice.good.counts}份）"
            lines.append((f"家长问卷：{voice.question.text}", words))
    return [line for line in lines if not line[1].startswith("0个")]


def _looked_at(seen: object) -> int:
    rows = seen.exclude(value="").values("visit__organisation").distinct()  # type: ignore[attr-defined]
    return int(rows.count())


def register() -> None:
    """Tell the pages of the rules; when the app is ready."""
    count_by(of_rule)
