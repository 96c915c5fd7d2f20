from django.apps import AppConfig


class TutoringConfig(AppConfig):
    name = "tutoring"
    label = "tutoring"
    verbose_name = "校外培训机构"
