"""回避: to which units an inspector does not go, because he works or worked there or a relative does."""

from __future__ import annotations

from collections.abc import Iterable

from inspections.models import DeclaredRelative
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.selectors import units_of_late_by

OWN = "本人在该单位任职，或近期曾在该单位任职"
RELATIVE = "本人申报有近亲属在该单位"


def barred_units(people: Iterable[User]) -> dict[int, dict[int, str]]:
    """By person: unit → why he keeps away. Four queries for all of them.

    A post counts for as long as ``County.independence_months`` after its end, the relatives as declared
    today. Who keeps away from a unit keeps away from those that it files for.
    """
    ids = [person.pk for person in people]
    found: dict[int, dict[int, str]] = {pk: {} for pk in ids}
    for pk, own in units_of_late_by(ids).items():
        found[pk] |= dict.fromkeys(own, OWN)
    declared = DeclaredRelative.objects.filter(user__in=ids, ended_on__isnull=True)
    for user_id, unit_id in declared.values_list("user_id", "organisation_id"):
        found[user_id].setdefault(unit_id, RELATIVE)
    directly = {unit for units in found.values() for unit in units}
    filed = Organisation.objects.filter(filer__in=directly).values_list("pk", "filer_id")
    for unit_id, filer_id in filed:
        for units in found.values():
            if filer_id in units:
                units.setdefault(unit_id, units[filer_id])
    return found


def why_not(person: User, unit: Organisation, barred: dict[int, dict[int, str]]) -> str:
    """「周明应当回避城关小学：…」, empty where he may go. The relation itself is told to nobody."""
    reason = barred.get(person.pk, {}).get(unit.pk, "")
    return f"{person.name}应当回避{unit.name}：{reason}" if reason else ""
