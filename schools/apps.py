from pathlib import Path

from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "schools"
    label = "schools"
    verbose_name = "学校"

    def ready(self) -> None:
        from schools import permissions, register_checks  # noqa: F401  (register what they know)
        from shuangjian.journal import audit
        from shuangjian.registers import definitions

        definitions.add(Path(self.path))
        audit.name_actions({"schools.school.opened": "新增学校", "schools.school.changed": "修改学校资料"})
        audit.name_families({"schools.school": "accounts.organisation"})
