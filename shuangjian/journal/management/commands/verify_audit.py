"""Walk the audit chain and name every place where it does not hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry


class Command(BaseCommand):
    help = "Exits 1 and names the entries if the chain was tampered with."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = audit.verify_chain()
        if faults:
            raise CommandError("\n".join(fault.what for fault in faults))
        last = AuditEntry.objects.order_by("-seq").first()
        count = AuditEntry.objects.count()
        self.stdout.write(f"{count}条记录，链条完好" + (f"，末号{last.seq}，哈希{last.hash}" if last else ""))
