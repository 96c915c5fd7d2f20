from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "shuangjian.policy"
    label = "policy"
    verbose_name = "方案与条目"

    def ready(self) -> None:
        from shuangjian.journal.audit import name_actions, name_nouns

        name_actions(
            {
                "policy.phase.opened": "实施方案步骤开始",
                "policy.phase.closed": "实施方案步骤结束",
                "policy.term.entered": "录入学期",
                "policy.term.changed": "修改学期日期",
            }
        )
        name_nouns({"policy.phase": "方案步骤", "policy.term": "学期"})
