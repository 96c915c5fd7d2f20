"""Say which faces documents are printed in; fail where one that is named, or an open one, is missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shuangjian import typefaces


class Command(BaseCommand):
    help = "List the faces that documents are printed in: the bureau's own (FACE_*) or the open ones."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [f"{use.name}：{use.fault}" for use in typefaces.in_use() if use.fault]
        for use in typefaces.in_use():
            if not use.fault:
                whose = "本单位字库" if use.is_own else "开源字库"
                self.stdout.write(f"{use.name}：{whose}，{use.family}，{use.path}")
        if missing := typefaces.missing_files():
            faults.append(f"缺少开源字库{'、'.join(missing)}，请安装{typefaces.PACKAGES}")
        if faults:
            raise CommandError("\n".join(faults))
