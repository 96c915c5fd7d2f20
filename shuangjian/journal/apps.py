from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "shuangjian.journal"
    label = "journal"
    verbose_name = "留痕与任务"
