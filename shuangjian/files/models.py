"""One row per file that somebody gave or the portal made. The records that use it hold the links."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from shuangjian.files.querysets import StoredFileQuerySet


class StoredFile(models.Model):
    """Bytes under their SHA-256 with the name they came by. Made by ``services``; later only ``state`` moves.

    Pictures are kept as the copy that the portal wrote itself (upright, at most 1600 px, no EXIF), PDFs and
    workbooks as they came. ``uploader`` is empty for files that the portal made.
    """

    class State(models.TextChoices):
        STORED = "stored", "正常"
        MISSING = "missing", "缺失"
        DAMAGED = "damaged", "内容已变"

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField("大小（字节）")
    content_type = models.CharField("类型", max_length=80)
    original_name = models.CharField("文件名", max_length=255)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="stored_files"
    )
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    state = models.CharField(max_length=8, choices=State, default=State.STORED)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["uploader", "uploaded_at"])]
        constraints = [
            models.CheckConstraint(
                name="stored_file_digest_is_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="stored_file_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="stored_file_type_is_served",
                condition=Q(
                    content_type__in=[
                        "image/jpeg",
                        "image/png",
                        "image/webp",
                        "application/pdf",
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                        "application/zip",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")
