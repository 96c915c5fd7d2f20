"""条目情况表 by voice: what the unit says of itself, what was seen on site, and where the two differ.

Compared item by item, over what both speak of: an item that nobody looked at contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inspections.reports.records import Records
from shuangjian.accounts.models import Organisation
from shuangjian.policy.judging import conclusion

VOICES = {"unit": "单位自报", "site": "到校督导", "gap": "说法不一"}
_MARK_OF = {"meets": "ok", "partly": "partial", "fails": "bad"}


def mark_of(values: Iterable[str]) -> str:
    """The mark of one voice under a rule: over what it speaks of, none where it says nothing."""
    known = [value for value in values if value not in ("", "na")]
    return _MARK_OF[conclusion(known)] if known else "none"


def by_rule(records: Records, values: Mapping[str, str]) -> dict[int, list[str]]:
    """Rule -> what was said under it, from item code -> value."""
    found: dict[int, list[str]] = {}
    for item in records.book.items:
        if item.code in values:
            found.setdefault(item.rule.number, []).append(values[item.code])
    return found


def marks_said(records: Records, unit: Organisation, voice: str) -> dict[int, str]:
    """Rule -> mark of one voice (``unit`` or ``site``) at one unit."""
    values = records.answers if voice == "unit" else records.seen
    return {rule: mark_of(said) for rule, said in by_rule(records, values.get(unit.pk, {})).items()}


def both_said(records: Records, unit: Organisation) -> dict[int, tuple[str, str]]:
    """Rule -> (mark by the unit, mark on site) over the items of which both speak."""
    said, seen = records.answers.get(unit.pk, {}), records.seen.get(unit.pk, {})
    common = {code for code in said.keys() & seen.keys() if not {said[code], seen[code]} & {"", "na"}}
    own = by_rule(records, {code: said[code] for code in common})
    site = by_rule(records, {code: seen[code] for code in common})
    return {rule: (mark_of(own[rule]), mark_of(site[rule])) for rule in own}


def gap_of(own: str, site: str) -> str:
    """The mark of a comparison: bad where the unit said 符合 and a problem was seen, partial the other way.

    On site an item is met or a problem: 部分符合 of the unit's own agrees with the latter.
    """
    if (own == "ok") == (site == "ok"):
        return "ok"
    return "bad" if own == "ok" else "partial"
