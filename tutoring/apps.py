from django.apps import AppConfig


class TutoringConfig(AppConfig):
    name = "tutoring"
    label = "tutoring"
    verbose_name = "校外培训机构"

    def ready(self) -> None:
        from shuangjian.journal import audit
        from tutoring import permissions  # noqa: F401  (registers the object permissions)

        audit.name_actions(
            {"tutoring.institution.opened": "新增机构", "tutoring.institution.changed": "修改机构信息"}
        )
