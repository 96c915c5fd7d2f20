"""固定文字: the sentences that every paper of a kind carries, kept by the bureau in versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StandingText(models.Model):
    """One version of one standing text of a kind of paper. Never rewritten: a change is the next version,
    the highest one of a kind and key is in force; before the first the portal's own words stand
    (``inspections.standing``).

    Made by ``workflows.standing_texts`` alone. A paper takes the versions in force when it is drafted and
    keeps their words.
    """

    kind = models.CharField("文书", max_length=30)  # a key of standing.PAPERS
    key = models.CharField("部分", max_length=30)  # a key of that paper's slots
    version = models.PositiveSmallIntegerField("版次")
    text = models.TextField("文字", blank=True)
    reason = models.CharField("原因", max_length=200)
    restores = models.PositiveSmallIntegerField(
        "恢复的版次", null=True, blank=True
    )  # 0: the portal's own words
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "key", "-version"]
        constraints = [
            models.UniqueConstraint(name="one_standing_text_a_version", fields=["kind", "key", "version"]),
            models.CheckConstraint(name="standing_text_counts_from_1", condition=models.Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}第{self.version}版"
