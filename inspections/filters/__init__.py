"""Filters and tabs of the lists of supervision, one module per noun on one pattern (``base``)."""

from inspections.filters.base import Chip, ListFilter, Tab, Tabs, tabs_of
from inspections.filters.checks import CheckFilter, check_tabs, with_progress
from inspections.filters.ledger import LedgerFilter
from inspections.filters.problems import ProblemFilter, problem_tabs
from inspections.filters.units import UnitFilter

__all__ = [
    "CheckFilter",
    "Chip",
    "LedgerFilter",
    "ListFilter",
    "ProblemFilter",
    "Tab",
    "Tabs",
    "UnitFilter",
    "check_tabs",
    "problem_tabs",
    "tabs_of",
    "with_progress",
]
