"""How a day is written in Chinese sentences: the one spelling for pages, notices, refusals and papers.

Instants are asked for their day first (``clock.local_day``).
"""

from __future__ import annotations

from datetime import date

_WEEKDAYS = "一二三四五六日"


def full(day: date) -> str:
    """2026年9月1日"""
    return f"{day.year}年{day.month}月{day.day}日"


def short(day: date) -> str:
    """9月1日, where the year is plain."""
    return f"{day.month}月{day.day}日"


def with_weekday(day: date) -> str:
    """10月22日（星期四）"""
    return f"{short(day)}（星期{_WEEKDAYS[day.weekday()]}）"
