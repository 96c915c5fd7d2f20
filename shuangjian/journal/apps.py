from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "shuangjian.journal"
    label = "journal"
    verbose_name = "留痕与任务"

    def ready(self) -> None:
        from django.core.signals import request_started

        from shuangjian import clock
        from shuangjian.journal import deliveries, outbox

        request_started.connect(clock.forget)  # each request sees the demo clock as it stands
        outbox.carry_urgent(deliveries.carry_urgent)
        deliveries.count_for_digest(deliveries.unread_of)
