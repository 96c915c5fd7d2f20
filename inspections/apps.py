from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    label = "inspections"
    verbose_name = "督导与整改"

    def ready(self) -> None:
        from inspections import permissions  # noqa: F401  (registers the object permissions)
