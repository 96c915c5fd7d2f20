"""Draw docs/machines.md and docs/plan.md anew from the tables of the code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inspections import drawn_docs


class Command(BaseCommand):
    help = "Writes docs/machines.md and docs/plan.md."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in (("machines", drawn_docs.machines()), ("plan", drawn_docs.plan())):
            (settings.BASE_DIR / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
            self.stdout.write(f"docs/{name}.md")
