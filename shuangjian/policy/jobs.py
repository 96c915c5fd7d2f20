"""The background job of the calendar, registered when the app is ready."""

from __future__ import annotations

from typing import Any

from shuangjian.journal import jobs
from shuangjian.policy.workflows import counting


@jobs.register(counting.RECOUNT)
class Recount:
    """Count again what waited for a year or pauses by other terms. Each date in a transaction of its own, so
    that a second attempt goes on where the first one ended.
    """

    def work(self, claim: jobs.Claim) -> int:
        ids = [counted.pk for counted in counting.outdated()]
        changed = 0
        for at, counted_id in enumerate(ids, start=1):
            changed += counting.recount(counted_id)
            claim.progress("重算期限", at, len(ids))
        return changed

    def finish(self, claim: jobs.Claim, outcome: int) -> dict[str, Any]:
        return {"changed": outcome}
