"""What the county makes public of accountability: circulars, the white list, the exposure list (P28).

Nothing goes out but by the leader's decision, and everything named unfavourably comes down on its day.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from inspections.models.sanction import Sanction
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES
from shuangjian.journal.models import Versioned


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user: Any) -> DisclosureQuerySet:
        """The county sees all, a unit what concerns it: it is heard before anything is published."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(*COUNTY_ROLES):
            return self
        own = user.unit_ids(UNIT_ROLES)
        return self.filter(Q(organisation__in=own) | Q(organisation__filer__in=own))

    def published(self) -> DisclosureQuerySet:
        return self.filter(state=Disclosure.State.PUBLISHED)


class Disclosure(Versioned):
    """One thing made public (2026-G0001). ``codes``: the units of a white list, as the leader decided them.

    A circular and an entry of the exposure list have the day on which they come down; an entry names a place
    or an organisation, never a person.
    """

    class Kind(models.TextChoices):
        CIRCULAR = "circular", "通报"
        WHITE_LIST = "white_list", "白名单"
        EXPOSED = "exposed", "无证和违规机构曝光名单"

    class State(models.TextChoices):
        PROPOSED = "proposed", "待决定"
        PUBLISHED = "published", "公开中"
        DECLINED = "declined", "不公开"
        TAKEN_DOWN = "taken_down", "已下线"

    class Offence(models.TextChoices):
        UNLICENSED = "unlicensed", "无证办学"
        HIDDEN = "hidden", "隐形变异培训"
        FEES = "fees", "违规收费或不按规定退费"
        OTHER = "other", "其他违规"

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("种类", max_length=12, choices=Kind)
    state = models.CharField("状态", max_length=12, choices=State, default=State.PROPOSED)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="disclosures", verbose_name="单位"
    )
    sanction = models.ForeignKey(Sanction, models.PROTECT, null=True, blank=True, related_name="disclosures")
    name = models.CharField("名称", max_length=60)
    address = models.CharField("地址", max_length=120, blank=True)
    offence = models.CharField("类别", max_length=12, choices=Offence, blank=True)
    facts = models.TextField("公开的内容", max_length=1000, blank=True)
    document_no = models.CharField("文书或决定文号", max_length=60, blank=True)
    decided_by_office = models.CharField("作出决定的机关", max_length=60, blank=True)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    codes = ArrayField(models.CharField(max_length=18), default=list, blank=True)
    down_on = models.DateField("下线日期", null=True, blank=True)
    heard_until = models.DateField("听取意见期限", null=True, blank=True)
    statement = models.CharField("单位的意见", max_length=500, blank=True)
    answer = models.CharField("对意见的答复", max_length=500, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_words = models.CharField("下线的原因", max_length=200, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="what_names_somebody_comes_down",
                condition=~Q(kind__in=["circular", "exposed"])
                | (Q(down_on__isnull=False) & ~Q(facts="") & ~Q(document_no="")),
            ),
            models.CheckConstraint(
                name="a_disclosure_is_published_before_it_comes_down",
                condition=~Q(state__in=["published", "taken_down"])
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_decides_on_his_own_disclosure",
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="what_came_down_says_when_and_why",
                condition=~Q(state="taken_down") | (Q(ended_at__isnull=False) & ~Q(ended_words="")),
            ),
            models.UniqueConstraint(
                name="one_white_list_is_public",
                fields=["kind"],
                condition=Q(kind="white_list", state="published"),
            ),
        ]
        indexes = [models.Index(fields=["state", "kind", "-id"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("disclosure", args=[self.no])
