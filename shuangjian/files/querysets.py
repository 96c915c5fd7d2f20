"""Which files exist for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from shuangjian.files.access import links

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shuangjian.accounts.models import User


class StoredFileQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> StoredFileQuerySet:
        """Files used by a record that exists for ``user``, and his own that no record uses yet."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        used, seen = Q(pk__in=[]), Q(pk__in=[])
        for link in links():
            points_here = {link.field_name: OuterRef("pk")}
            used |= Q(Exists(link.model._base_manager.filter(**points_here)))
            if link.roles is None or user.roles & link.roles:
                visible = link.model.objects.visible_to(user)  # type: ignore[attr-defined]
                seen |= Q(Exists(visible.filter(**points_here)))
        return self.filter(seen | (Q(uploader=user) & ~used))


class ResumableUploadQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> ResumableUploadQuerySet:
        """What a person sends is his alone until it has arrived; then the record it went to decides."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(uploader=user)
