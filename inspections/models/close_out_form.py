"""The 销号确认单 of a closed round, as it was last printed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models.rectification import RectificationTask
from inspections.querysets import OfTaskQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class CloseOutForm(Versioned):
    """One problem, one form, under the close-out's own number. Printed anew, it is a new version of the row.

    ``data`` holds what stood in the records when it was ordered; ``file`` waits for the job that sets it.
    """

    task = models.OneToOneField(RectificationTask, models.PROTECT, related_name="close_form")
    data = models.JSONField()
    check_code = models.CharField("验证码", max_length=9, db_index=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    template_version = models.CharField(max_length=20, blank=True)
    scan = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签字盖章的扫描件"
    )
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_close_out_form_s_file_has_its_hash",
                condition=Q(file__isnull=True, sha256="") | (Q(file__isnull=False) & ~Q(sha256="")),
            )
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def no(self) -> str:
        """The problem's number: journal entries are found under it."""
        return self.task.problem.no

    @property
    def organisation(self) -> Organisation:
        return self.task.problem.organisation
