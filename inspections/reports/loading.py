"""Takes a report's figures from the records: the only queries of the report pipeline."""

from __future__ import annotations

from typing import Any


def take_figures(*, kind: str, term: Any, organisation: Any, as_of: Any) -> dict[str, Any]:
    return {}
