from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "shuangjian.registers"
    label = "registers"
    verbose_name = "登记档案"

    def ready(self) -> None:
        from shuangjian.accounts import trail_words
        from shuangjian.journal.audit import name_nouns
        from shuangjian.registers import definitions, permissions  # noqa: F401  (registers the object permissions)
        from shuangjian.registers.workflows import doubts, entries  # noqa: F401  (name their actions)

        name_nouns({"registers.entry": "登记档案", "registers.doubt": "数据疑点"})
        trail_words.name_codes({"register": definitions.title_of})
