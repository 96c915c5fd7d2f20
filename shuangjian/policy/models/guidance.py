"""填报说明: what counts for a check item, a good and a bad example, what it rests on; in versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shuangjian import clock


class Guidance(models.Model):
    """One version of what is said of one check item. Never changed, only followed. Shipped: no author.

    Bound to the item's code, not to its row: a new rulebook keeps what was said of an item that stays.
    """

    item_code = models.CharField(max_length=10)
    version = models.PositiveSmallIntegerField("版次")
    counts = models.CharField("怎样算做到", max_length=200)
    good = models.CharField("正例", max_length=200, blank=True)
    bad = models.CharField("反例", max_length=200, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=clock.now)

    WORDS = ("counts", "good", "bad", "basis")

    class Meta:
        ordering = ["item_code", "-version"]
        constraints = [
            models.UniqueConstraint(name="one_guidance_of_a_version", fields=["item_code", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.item_code} 第{self.version}版"
