"""Shares of the store: of a person in a day, of a unit in a year, of the whole installation.

Soft: two uploads at once may both pass the last step. Counted are the copies and the sealed originals.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, QuerySet, Sum

from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.files.models import StoredFile
from shuangjian.files.rejections import Rejected

A_DAY, A_YEAR = timedelta(hours=24), timedelta(days=365)
# Units by their number; the county, its offices and areas are few and have the installation's limit alone.
UNITS_WITH_A_SHARE = frozenset({Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION})


def unit_of(uploader: User) -> Organisation | None:
    """The unit whose share an upload takes: that of the person's first post, None without any."""
    return uploader.posts[0].organisation if uploader.posts else None


def check(uploader: User | None, unit: Organisation | None) -> None:
    """Raise ``Rejected`` where the person, his unit or the installation has had its share."""
    if uploader is not None:
        since_yesterday = StoredFile.objects.filter(uploader=uploader, uploaded_at__gt=clock.now() - A_DAY)
        count, size = _sums(since_yesterday)
        if count >= settings.UPLOAD_QUOTA_FILES or size >= settings.UPLOAD_QUOTA_BYTES:
            raise Rejected("您在24小时内上传的文件已到上限，请明天再传，或与双减专班联系")
    if unit is not None and unit.kind in UNITS_WITH_A_SHARE:
        of_unit = StoredFile.objects.filter(organisation=unit, uploaded_at__gt=clock.now() - A_YEAR)
        if _sums(of_unit)[1] >= settings.UPLOAD_UNIT_BYTES:
            raise Rejected(f"“{unit.name}”一年内上传的文件已到上限，请与双减专班联系")
    if _sums(StoredFile.objects.all())[1] >= settings.UPLOAD_TOTAL_BYTES:
        raise Rejected("平台存放文件的空间已到上限，文件没有存下，请告知系统管理员")


def _sums(files: QuerySet[StoredFile]) -> tuple[int, int]:
    """(how many, bytes together)"""
    found = files.aggregate(count=Count("pk"), size=Sum(F("size") + F("original_size")))
    return found["count"], found["size"] or 0
