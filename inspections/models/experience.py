"""经验交流: articles with pictures, exchange meetings, links to the media. Public once published."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class ExperienceQuerySet(models.QuerySet["Experience"]):
    def visible_to(self, user: Any) -> ExperienceQuerySet:
        """The county's staff write and see all; everybody else reads the public pages."""
        return self if user.is_authenticated and user.has_role(*COUNTY_ROLES) else self.none()

    def published(self) -> ExperienceQuerySet:
        return self.filter(state=Experience.State.PUBLISHED)


class Experience(Versioned):
    """One contribution (2026-E0001). Who wrote it does not publish it; a published one is never edited.

    A meeting has its place and how many came, as a number and never a list; of a report in the media there is
    the link, which nothing here ever opens.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "经验文章"
        MEETING = "meeting", "经验交流会"
        MEDIA = "media", "媒体报道"

    class State(models.TextChoices):
        DRAFT = "draft", "未发布"
        PUBLISHED = "published", "已发布"
        RECALLED = "recalled", "已撤回"

    organisation: ClassVar[None] = None  # the county's own, for the journal

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField("标题", max_length=60)
    on = models.DateField("日期")  # of the meeting or the report; of an article when it was written
    body = models.TextField("内容", max_length=5000, blank=True)
    place = models.CharField("地点", max_length=60, blank=True)
    people_count = models.PositiveIntegerField("参加人数", null=True, blank=True)
    outlet = models.CharField("媒体", max_length=40, blank=True)
    link = models.URLField("链接", max_length=300, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    recall_words = models.CharField("撤回的原因", max_length=200, blank=True)

    objects = ExperienceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_contribution_says_what_its_kind_has",
                condition=Q(kind="article", body__gt="")
                | Q(kind="meeting", place__gt="", people_count__isnull=False)
                | Q(kind="media", outlet__gt="", link__gt=""),
            ),
            models.CheckConstraint(
                name="a_contribution_is_published_by_another",
                condition=Q(state="draft", published_by__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False) & ~Q(published_by=F("written_by"))),
            ),
        ]
        indexes = [models.Index(fields=["state", "-on"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("experience", args=[self.no])


class ExperiencePictureQuerySet(models.QuerySet["ExperiencePicture"]):
    def visible_to(self, user: Any) -> ExperiencePictureQuerySet:
        return self.filter(experience__in=Experience.objects.visible_to(user))


class ExperiencePicture(models.Model):
    """A picture of an article or a meeting, for everybody once it is published."""

    experience = models.ForeignKey(Experience, models.CASCADE, related_name="pictures")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    objects = ExperiencePictureQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_picture_of_a_contribution", fields=["experience", "stored_file"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.experience_id}:{self.stored_file_id}"
