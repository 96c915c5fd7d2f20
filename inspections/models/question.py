"""填报答疑: a unit asks what an item means, an office answers once, every unit reads it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import BUSINESS_ROLES, OFFICE_ROLES
from shuangjian.journal.models import Versioned
from shuangjian.policy.models.rulebook import short_code


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any) -> QuestionQuerySet:
        """What was answered: everybody of the work. The rest: who asked and his unit, and the offices."""
        if not user.is_authenticated or not user.has_role(*BUSINESS_ROLES):
            return self.none()
        if user.has_role(*OFFICE_ROLES):
            return self
        units = [post.organisation_id for post in user.posts]
        own = Q(author=user) | Q(organisation__in=units, organisation__kind__in=["school", "institution"])
        return self.filter(Q(state=Question.State.ANSWERED, same_as__isnull=True) | own)

    def waiting(self) -> QuestionQuerySet:
        return self.filter(state=Question.State.WAITING)

    def answered(self) -> QuestionQuerySet:
        """Each answer once: a question that was led to another's answer is left out."""
        return self.filter(state=Question.State.ANSWERED, same_as__isnull=True)


class Question(Versioned):
    """One question on one check item (2026-Q0001). Who asked is shown to his unit and the offices alone.

    Its words are never edited; an answer is followed by a later one, never rewritten.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待答复"
        ANSWERED = "answered", "已答复"
        WITHDRAWN = "withdrawn", "已撤回"

    no = models.CharField("编号", max_length=20, unique=True)
    item_code = models.CharField("检查项", max_length=10, db_index=True)  # outlives the rulebook's version
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    text = models.CharField("问题", max_length=300)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    same_as = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="led_here", verbose_name="见"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="only_an_answered_question_leads_to_another",
                condition=Q(same_as__isnull=True) | Q(state="answered"),
            )
        ]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("question", args=[self.no])

    @property
    def short_code(self) -> str:
        return short_code(self.item_code)


class QuestionAnswer(models.Model):
    """What an office said; the last one holds, an earlier one stays readable as 更正前."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    text = models.CharField("答复", max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.question_id} {self.made_at:%Y-%m-%d}"
