"""通知公告 by number or title."""

from __future__ import annotations

import django_filters

from inspections.models import Bulletin
from shuangjian.accounts.list_filters import ListFilter


class BulletinFilter(ListFilter):
    """By words alone; a bulletin names no unit."""

    texts = ("no", "title")
    sounds = ""

    q = django_filters.CharFilter(label="编号或标题", method="by_words")

    class Meta:
        model = Bulletin
        fields: tuple[str, ...] = ()
