"""白名单: the institutions whose papers are in order by the registers, as they are on a day.

In order: running, a licence with a number that has not run out, not on the exposure list, no closing under
way. The public list shows those of the leader's list that are in order today (documents.md §6:
以实时名单为准).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from inspections.models import Disclosure
from shuangjian.accounts.models import Organisation
from shuangjian.registers import records
from tutoring.models import Institution


def in_order(on: date, codes: Collection[str] | None = None) -> list[Organisation]:
    """Those in order on ``on``, by name; ``codes`` narrows to these. Three queries."""
    exposed = Disclosure.objects.published().filter(kind=Disclosure.Kind.EXPOSED).values("organisation")
    licensed = Q(institution__licence_until__isnull=True) | Q(institution__licence_until__gte=on)
    rows = (
        Organisation.objects.units()
        .active()
        .filter(
            licensed,
            kind=Organisation.Kind.INSTITUTION,
            institution__operating_status=Institution.Status.NORMAL,
        )
        .exclude(institution__licence_no="")
        .exclude(pk__in=exposed.exclude(organisation=None))
    )
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    ordered = rows.select_related(*records.WITH_FACTS, "township").order_by("pinyin_key", "pk")
    return [one.unit for one in records.load(ordered, None, on) if _is_in_order(one)]


def _is_in_order(of_unit: records.Records) -> bool:
    """By the register of 登记证照, where it was filled in."""
    said = of_unit.line("registration").answers
    until = said.get("certificate_until") or ""
    has_run_out = bool(until) and until < of_unit.on.isoformat()
    return said.get("listing") != "barred" and said.get("status") != "closing" and not has_run_out
