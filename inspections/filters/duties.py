"""The list of what units owe by the plan: by obligation, kind and place, with tabs by where it stands."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.forms.models import ModelChoiceField
from django.http import QueryDict

from shuangjian import clock
from shuangjian.accounts.list_filters import (
    UNIT_KINDS,
    ListFilter,
    Tabs,
    area_filter,
    tabs_of,
    township_filter,
)
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Duty, Obligation

_KIND = Organisation.Kind


def _words(obligation: Obligation) -> str:
    """「2026年全面学习：学习记录（校外培训机构）」: two plans may run at once."""
    phase = obligation.phase
    return f"{phase.stage.plan.start_year}年{phase.title}：{obligation.what}（{obligation.who_words}）"


class _ObligationField(ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return _words(obj)


class _ObligationFilter(django_filters.ModelChoiceFilter):
    field_class = _ObligationField


def _owed(request: Any) -> QuerySet[Obligation]:
    """Those that anybody has an instance of, in the order of the plans."""
    rows = Obligation.objects.exclude(fulfilled_by="").filter(phase__opened_at__isnull=False)
    return rows.select_related("phase__stage__plan").order_by("-phase__stage__plan__start_year", "code")


class DutyFilter(ListFilter):
    """Duties by unit, obligation, kind, township and area."""

    texts = ("organisation__name", "obligation__what")

    obligation = _ObligationFilter(label="方案任务", queryset=_owed, empty_label="全部任务")
    kind = django_filters.ChoiceFilter(
        label="类别", field_name="organisation__kind", choices=UNIT_KINDS, empty_label="全部类别"
    )
    township = township_filter("organisation__township")
    area = area_filter("organisation__area", label="责任区")

    class Meta:
        model = Duty
        fields = ["q", "obligation", "kind", "township", "area"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["q"].label = "单位或任务"


def standings() -> dict[str, tuple[str, Q]]:
    """Where a duty stands today, by the key of its tab: every count of the plan is made on these."""
    today = clock.today()
    is_open = Q(fulfilled_on__isnull=True)
    return {
        "missing": ("逾期未完成", is_open & Q(due_on__lt=today)),
        "open": ("未到期", is_open & Q(due_on__gte=today)),
        "done": ("已完成", ~is_open),
        "late": ("逾期完成", Q(fulfilled_on__gt=F("due_on"))),
        "all": ("全部", Q()),
    }


def duty_tabs(queryset: Any, query: QueryDict, *, default: str) -> Tabs:
    """The tabs with their counts and the rows of the chosen one; ``queryset`` must be ``standing()``."""
    return tabs_of(queryset, query, standings(), default=default)
