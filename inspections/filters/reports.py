"""Supervision reports by words: number, document number, title, unit."""

from __future__ import annotations

from inspections.models import SupervisionReport
from shuangjian.accounts.list_filters import ListFilter


class ReportFilter(ListFilter):
    """By words alone."""

    texts = ("no", "document_no", "title", "organisation__name")

    class Meta:
        model = SupervisionReport
        fields: tuple[str, ...] = ()
