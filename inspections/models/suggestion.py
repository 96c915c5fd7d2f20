"""意见建议: what somebody who uses the portal says of it, and the answer he gets (practice.md P1)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.journal.models import Versioned


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: Any) -> SuggestionQuerySet:
        """The task force, which answers, sees all; everybody else his own."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_role(Role.TASK_FORCE) else self.filter(author=user)

    def waiting(self) -> SuggestionQuerySet:
        return self.filter(state=Suggestion.State.WAITING)


class Suggestion(Versioned):
    """One opinion on the portal or on what it asks of people. Made by anybody with an account.

    It changes once, when the task force answers; what its author wrote is never edited.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待答复"
        ANSWERED = "answered", "已答复"

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="suggestions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")  # of his post
    page = models.CharField("所在页面", max_length=200, blank=True)  # the address from which he came
    text = models.CharField("意见建议", max_length=500)
    made_at = models.DateTimeField()
    due_on = models.DateField("答复期限")
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="suggestion_answered_has_answer",
                condition=Q(state="waiting", answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (Q(state="answered", answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer="")),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return self.no
