from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "shuangjian.accounts"
    label = "accounts"
    verbose_name = "用户与单位"

    def ready(self) -> None:
        from shuangjian.accounts import permissions  # noqa: F401  (registers the object permissions)
