from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "shuangjian.policy"
    label = "policy"
    verbose_name = "方案与条目"

    def ready(self) -> None:
        from shuangjian.journal import deliveries
        from shuangjian.journal.audit import name_actions, name_nouns
        from shuangjian.policy import calendar, jobs  # noqa: F401  (registers the job)
        from shuangjian.policy.models import Obligation
        from shuangjian.policy.workflows import counting, days, phases  # noqa: F401  (days names its actions)

        name_actions(
            {
                "policy.phase.opened": "实施方案步骤开始",
                "policy.phase.closed": "实施方案步骤结束",
                "policy.term.entered": "录入学期",
                "policy.term.changed": "修改学期日期",
                "policy.obligation.recounted": "按公布的放假安排重算方案任务期限",
            }
        )
        deliveries.keep_hours(calendar.office_hour_from)
        name_nouns({"policy.phase": "方案步骤", "policy.term": "学期", "policy.obligation": "方案任务"})
        counting.adopt_by(Obligation, "due_on", phases.adopt_due_date)
