"""The outcome of a dry run: what a workbook would make, change and leave, and every fault with its cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.urls import reverse

from inspections.imports.reading import Fault, ReadBook
from inspections.imports.sheets import Sheet
from shuangjian.accounts.models import Organisation

CREATE, CHANGE, KEEP = "create", "change", "keep"
Progress = Callable[[str, int, int], None]


@dataclass
class PlannedRow:
    """What would become of one subject of a workbook; ``key`` tells it from the others of the file.

    ``lines``: what would differ, in words; ``note``: what the person should look at before he confirms.
    """

    sheet: str
    number: int
    key: str
    name: str
    action: str = KEEP
    organisation: Organisation | None = None
    version: int | None = None
    lines: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def url(self) -> str:
        """The page of what is on record already; empty where there is none."""
        return reverse("unit", args=[self.organisation.code]) if self.organisation is not None else ""

    @property
    def digest(self) -> str:
        """Changes when what is on record moved, so that the row would now do something else."""
        told = [self.sheet, self.number, self.key, self.name, self.action, self.version, self.lines]
        text = json.dumps(told, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass
class Plan:
    """Rows without a fault in the order of the file, and the faults in the order of their cells.

    ``is_barred``: a fault is the whole file's (its headings, a merged cell): no row can be taken before.
    """

    rows: Sequence[PlannedRow]
    faults: list[Fault]
    is_barred: bool = False

    def of(self, action: str) -> list[PlannedRow]:
        return [row for row in self.rows if row.action == action]

    @property
    def todo(self) -> list[PlannedRow]:
        """What a confirmation would do: the new ones first."""
        return [*self.of(CREATE), *self.of(CHANGE)]

    def as_kept(self) -> dict[str, Any]:
        """For the page and for the confirmation, as JSON."""
        return {
            "faults": [asdict(fault) for fault in self.faults],
            "is_barred": self.is_barred,
            "rows": [
                {
                    "sheet": row.sheet, "number": row.number, "key": row.key, "name": row.name,
                    "action": row.action, "lines": row.lines, "note": row.note, "digest": row.digest,
                    "url": row.url,
                    "unit": row.organisation.pk if row.organisation is not None else None,
                }
                for row in self.todo
            ],
            "created": len(self.of(CREATE)),
            "changed": len(self.of(CHANGE)),
            "kept": len(self.of(KEEP)),
        }  # fmt: skip


def made_of(book: ReadBook, rows: Sequence[PlannedRow], sheets: Iterable[Sheet]) -> Plan:
    """The plan of a book whose rows were looked at."""
    faults = [*book.faults, *(fault for row in book.rows for fault in row.faults)]
    order = {sheet.name: at for at, sheet in enumerate(sheets)}
    faults.sort(key=lambda fault: (order.get(fault.sheet, -1), row_of(fault.cell), _column_of(fault.cell)))
    return Plan(rows, faults, is_barred=bool(book.faults))


def row_of(cell: str) -> int:
    """The number of the row in which a cell stands; 0 where a fault names none."""
    digits = "".join(sign for sign in cell.partition(":")[0] if sign.isdecimal())
    return int(digits or 0)


def _column_of(cell: str) -> tuple[int, str]:
    letters = cell.partition(":")[0].rstrip("0123456789")
    return len(letters), letters
