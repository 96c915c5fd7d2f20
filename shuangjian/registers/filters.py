"""The list of units by their registers."""

from __future__ import annotations

import django_filters

from shuangjian.accounts.list_filters import UNIT_KINDS, ListFilter, area_filter, township_filter
from shuangjian.accounts.models import Organisation


class RegisterFilter(ListFilter):
    """Units by words, kind, township and area."""

    texts = ("name", "code")
    sounds = "pinyin_key"

    q = django_filters.CharFilter(label="名称或代码", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    township = township_filter()
    area = area_filter()

    class Meta:
        model = Organisation
        fields = ["q", "kind", "township", "area"]
