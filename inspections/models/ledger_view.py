"""A view of the ledger that somebody named, for himself or for all who read the ledger."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from shuangjian import clock
from shuangjian.journal.models import Versioned


class LedgerViewQuerySet(models.QuerySet["LedgerView"]):
    def visible_to(self, user: Any) -> LedgerViewQuerySet:
        """One's own and the shared ones, for the county's staff, who alone have the ledger."""
        if not user.is_authenticated or not user.sees_county:
            return self.none()
        return self.filter(models.Q(owner=user) | models.Q(is_shared=True))


class LedgerView(Versioned):
    """Filter, tab and order of the ledger under a name: an address, so what it shows is always as of now.

    Made, renamed, shared and deleted by ``workflows.ledger_views``; its ``query`` never changes.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=20)
    query = models.CharField(max_length=1000)  # of the ledger's address, without page and selection
    is_shared = models.BooleanField("共享", default=False)
    made_at = models.DateTimeField(default=clock.now)

    objects = LedgerViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_view_of_a_name", fields=["owner", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The ledger as the view shows it: a plain address."""
        return f"{reverse('ledger')}?{self.query}"
