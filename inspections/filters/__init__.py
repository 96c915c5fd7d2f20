"""Filters and tabs of the lists of supervision, one module per noun, on ``accounts.list_filters``."""

from inspections.filters.checks import CheckFilter, check_tabs, with_progress
from inspections.filters.ledger import LedgerFilter
from inspections.filters.problems import ProblemFilter, problem_tabs
from inspections.filters.units import UnitFilter

__all__ = [
    "CheckFilter",
    "LedgerFilter",
    "ProblemFilter",
    "UnitFilter",
    "check_tabs",
    "problem_tabs",
    "with_progress",
]
