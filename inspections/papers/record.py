"""What the records that both sides sign by hand share: the table at their head, the lines for signatures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeadRow:
    """Two facts side by side; an empty second label gives the first the whole width."""

    label: str
    value: str
    label_2: str = ""
    value_2: str = ""


@dataclass(frozen=True)
class SignLine:
    """A line to sign on, and what the portal already knows of the signature."""

    label: str
    note: str = ""
