"""What other pages show of what inspectors' phones hold and brought."""

from __future__ import annotations

from typing import Any

from django import template

from inspections import sync_words
from inspections.models import Device, FieldConflict, SyncOperation, Visit
from inspections.views.visits import CONDUCTORS

register = template.Library()


@register.inclusion_tag("inspections/_own_devices.html", takes_context=True)
def own_devices(context: dict[str, Any]) -> dict[str, Any]:
    """The person's phones on his account page; nothing for who has none."""
    request = context["request"]
    return {"request": request, "devices": Device.objects.visible_to(request.user)}


@register.inclusion_tag("inspections/_visit_collisions.html", takes_context=True)
def visit_collisions(context: dict[str, Any], visit: Visit) -> dict[str, Any]:
    """What collided on a visit and what could not be written, for who may settle it; settled ones too."""
    user = context["request"].user
    if not user.has_role(*CONDUCTORS):
        return {}
    of_visit = FieldConflict.objects.visible_to(user).filter(visit=visit)
    conflicts = list(of_visit.select_related("finding__item", "standing_by", "offered_by", "settled_by"))
    for row in conflicts:
        row.label = sync_words.FIELD_LABELS[row.field]
        row.was = "，".join(words for _, words in sync_words.lines_of(row.standing))
        row.came = "，".join(words for _, words in sync_words.lines_of(row.offered))
    waiting = SyncOperation.objects.visible_to(user).unhandled().filter(visit=visit)
    return {
        "open": [row for row in conflicts if row.is_open],
        "settled": [row for row in conflicts if not row.is_open],
        "refused": waiting.select_related("device__user").order_by("pk"),
    }
