from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "shuangjian.policy"
    label = "policy"
    verbose_name = "方案与条目"
