"""研判提示: what stands out when many units are looked at together, with the rows that it was seen in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.models.visit_plan import VisitBatch
from inspections.querysets import CountyAloneQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import Term


class Pattern(Versioned):
    """One finding (2026-P0003) in a term. Raised, added to and taken back by the nightly search alone.

    ``key`` says of what (the rule and the zone, the sentence, the picture, the unit). A person makes visits
    of it or dismisses it; the same key comes again only with a row that was not there then (``earlier``).
    """

    class State(models.TextChoices):
        OPEN = "open", "待研判"
        FOLLOWED = "followed", "已安排督导"
        DISMISSED = "dismissed", "已排除"
        GONE = "gone", "情况已变"

    class Kind(models.TextChoices):
        ZONE = "zone", "同一责任区同一条"
        SENTENCE = "sentence", "填报内容雷同"
        PHOTO = "photo", "照片雷同"
        RISING = "rising", "疑点和举报增多"

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    key = models.CharField(max_length=120)
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    fact = models.CharField("情况", max_length=300)
    ground = models.CharField("依据", max_length=300)  # the rule of the search, with base and threshold
    raised_at = models.DateTimeField("产生时间")
    earlier = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="later")
    batch = models.ForeignKey(VisitBatch, models.PROTECT, null=True, blank=True, related_name="patterns")
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField("处理意见", max_length=300, blank=True)

    objects = CountyAloneQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_pattern_of_a_key", fields=["key", "term"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="pattern_ended_has_time",
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="pattern_is_dismissed_with_words", condition=~Q(state="dismissed") | ~Q(words="")
            ),
            models.CheckConstraint(
                name="pattern_followed_has_visits", condition=~Q(state="followed") | Q(batch__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="patterns_by_state")]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("pattern", args=[self.no])

    @property
    def organisation(self) -> Organisation | None:
        """The county, which compares its units."""
        return Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first()


class PatternRow(models.Model):
    """One row of a finding: where it was seen. ``ref`` is the same from night to night."""

    pattern = models.ForeignKey(Pattern, models.CASCADE, related_name="rows")
    ref = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    words = models.CharField(max_length=300)
    url = models.CharField(max_length=200)  # where it is read
    is_new = models.BooleanField(default=False)  # joined since the finding was judged before

    class Meta:
        ordering = ["organisation__pinyin_key", "pk"]
        constraints = [models.UniqueConstraint(name="one_row_per_ref", fields=["pattern", "ref"])]

    def __str__(self) -> str:
        return self.ref
