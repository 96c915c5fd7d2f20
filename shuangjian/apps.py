from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "shuangjian"
    label = "portal"
    verbose_name = "双减工作平台"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from shuangjian import checks  # noqa: F401  (registers the system checks)

        autodiscover_modules("tasks")  # every process knows which sweeps are to be heard of
