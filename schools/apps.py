from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "schools"
    label = "schools"
    verbose_name = "学校"

    def ready(self) -> None:
        from schools import permissions  # noqa: F401  (registers the object permissions)
        from shuangjian.journal import audit

        audit.name_actions({"schools.school.opened": "新增学校", "schools.school.changed": "修改学校资料"})
