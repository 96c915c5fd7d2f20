"""What a report is made of on paper: its sections, title, preview and bytes."""

from __future__ import annotations

from typing import Any


def sections_of(kind: str) -> list[tuple[str, str, str]]:
    return []


def required_sections(kind: str) -> list[tuple[str, str]]:
    return []


def first_sections(kind: str, data: dict[str, Any]) -> dict[str, str]:
    return {}


def title_of(*, kind: str, term: Any, organisation: Any) -> str:
    return f"{organisation.name}{term.short_title}督导报告"


def summary_of(report: Any) -> list[tuple[str, str]]:
    return []


def preview_html(report: Any) -> str:
    return ""
