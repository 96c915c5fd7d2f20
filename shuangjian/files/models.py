"""Files that somebody gave or the portal made, and uploads on their way. Records that use a file link it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from shuangjian.accounts.models import Organisation
from shuangjian.files.querysets import ResumableUploadQuerySet, StoredFileQuerySet


class StoredFile(models.Model):
    """Bytes under their SHA-256 with the name they came by. Made by ``services``; later only ``state`` moves.

    Pictures are kept as the copy that the portal wrote itself (upright, at most 1600 px, no EXIF), PDFs and
    workbooks as they came. A picture's own bytes lie sealed under ``original_sha256``: two roles open them
    on record. ``uploader`` is empty for files that the portal made; ``organisation`` is the unit whose share
    of the store the file takes.
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
    is_blurred = models.BooleanField("拍摄人已遮挡人脸", default=False)
    uploaded_at = models.DateTimeField("上传时间")
    state = models.CharField(max_length=8, choices=State, default=State.STORED)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    # What a picture looks like (child.py), to find it again when it was saved anew; empty for what is no
    # picture, null where nobody looked yet.
    likeness = models.CharField(max_length=64, null=True, blank=True, default="")  # noqa: DJ001
    original_sha256 = models.CharField(max_length=64, blank=True, default="")
    original_size = models.PositiveIntegerField("原件大小（字节）", default=0)
    # Only where the county keeps places (County.keep_photo_place); degrees, north and east positive.
    latitude = models.DecimalField("纬度", max_digits=7, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=8, decimal_places=5, null=True, blank=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["uploader", "uploaded_at"]),
            models.Index(fields=["organisation", "uploaded_at"], name="files_by_unit_and_time"),
        ]
        constraints = [
            models.CheckConstraint(
                name="stored_file_digest_is_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="stored_file_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="stored_file_original_is_whole",
                condition=Q(original_sha256="", original_size=0)
                | Q(original_sha256__regex=r"^[0-9a-f]{64}$", original_size__gt=0),
            ),
            models.CheckConstraint(
                name="stored_file_place_has_both_parts",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
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
                        "text/csv",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def no(self) -> str:
        """Entries of the journal are found under the number in its address."""
        return f"文件{self.pk}"

    @property
    def has_original(self) -> bool:
        return self.original_sha256 != ""


class ResumableUpload(models.Model):
    """One file on its way in pieces, for one purpose and target (``resumable``). Its bytes: a part file.

    ``stored_at`` set: it arrived, was looked at and handed over; the row stays for a while as the receipt,
    so that the same file sent again for the same target is answered and not stored twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    purpose = models.CharField("用途", max_length=40)
    target = models.CharField("用于", max_length=80)
    original_name = models.CharField("文件名", max_length=255)
    length = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)  # as the phone says it
    is_blurred = models.BooleanField("拍摄人已遮挡人脸", default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True, blank=True)

    objects = ResumableUploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"])]
        constraints = [
            models.UniqueConstraint(
                name="one_upload_per_target_and_bytes", fields=["uploader", "purpose", "target", "sha256"]
            ),
            models.CheckConstraint(name="upload_is_not_empty", condition=Q(length__gt=0)),
            models.CheckConstraint(
                name="upload_digest_is_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.original_name
