"""How a day is written in Chinese: the one spelling for pages, notices, refusals and papers.

Of an instant it is the county's day (Asia/Shanghai).
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

_WEEKDAYS = "一二三四五六日"


def _day(value: date) -> date:
    if not isinstance(value, datetime):
        return value
    return (timezone.localtime(value) if timezone.is_aware(value) else value).date()


def cn_date(value: date) -> str:
    """2026年9月1日"""
    day = _day(value)
    return f"{day.year}年{day.month}月{day.day}日"


def cn_short(value: date) -> str:
    """9月1日, where the year is plain."""
    day = _day(value)
    return f"{day.month}月{day.day}日"


def cn_weekday(value: date) -> str:
    """10月22日（星期四）"""
    return f"{cn_short(value)}{_weekday_of(value)}"


def cn_date_weekday(value: date) -> str:
    """2026年10月22日（星期四）, as a paper writes a term."""
    return f"{cn_date(value)}{_weekday_of(value)}"


def _weekday_of(value: date) -> str:
    return f"（星期{_WEEKDAYS[_day(value).weekday()]}）"
