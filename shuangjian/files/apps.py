from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "shuangjian.files"
    label = "files"
    verbose_name = "文件"

    def ready(self) -> None:
        from shuangjian.files import checks  # noqa: F401  (registers the system checks)
