from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "shuangjian.policy"
    label = "policy"
    verbose_name = "方案与条目"

    def ready(self) -> None:
        from shuangjian.accounts import trail_words
        from shuangjian.files.access import register_link
        from shuangjian.journal import deliveries
        from shuangjian.journal.audit import name_actions, name_families, name_nouns
        from shuangjian.policy import calendar, jobs, permissions  # noqa: F401  (register themselves)
        from shuangjian.policy.models import DutyRecord, Obligation, Term
        from shuangjian.policy.models.rulebook import words_of_code
        from shuangjian.policy.workflows import (  # noqa: F401  (some name their actions)
            counting,
            days,
            duties,
            guidance,
            local_rules,
            phases,
            plan_dates,
        )

        name_actions(
            {
                "policy.phase.opened": "实施方案步骤开始",
                "policy.phase.closed": "实施方案步骤结束",
                "policy.term.entered": "录入学期",
                "policy.term.changed": "修改学期日期",
                "policy.obligation.recounted": "按公布的放假安排重算方案任务期限",
            }
        )
        trail_words.name_codes(dict.fromkeys(("rule", "rules", "item"), words_of_code))
        trail_words.name_codes({"term": lambda code: Term(code=code).short_title})
        name_families({"policy.calendar": "policy.calendaredition"})
        deliveries.keep_hours(calendar.office_hour_from)
        name_nouns(
            {
                "policy.phase": "方案步骤",
                "policy.rulebook": "条目版本",
                "policy.term": "学期",
                "policy.obligation": "方案任务",
                "policy.exemption": "不在适用范围",
                "policy.guidance": "填报说明",
                "policy.localitem": "本县检查项",
                "policy.localrule": "本县条目",
            }
        )
        counting.adopt_by(Obligation, "due_on", phases.adopt_due_date)
        register_link(DutyRecord, "stored_file")
