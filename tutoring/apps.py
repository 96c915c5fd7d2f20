from pathlib import Path

from django.apps import AppConfig


class TutoringConfig(AppConfig):
    name = "tutoring"
    label = "tutoring"
    verbose_name = "校外培训机构"

    def ready(self) -> None:
        from shuangjian.journal import audit
        from shuangjian.registers import definitions
        from tutoring import permissions, register_checks  # noqa: F401  (register what they know)
        from tutoring.workflows import leads  # noqa: F401  (names its moves for the auditor)

        definitions.add(Path(self.path))
        audit.name_actions(
            {"tutoring.institution.opened": "新增机构", "tutoring.institution.changed": "修改机构信息"}
        )
        audit.name_nouns({"tutoring.lead": "线索点"})
        audit.name_families({"tutoring.institution": "accounts.organisation"})
