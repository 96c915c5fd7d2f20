from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "shuangjian.accounts"
    label = "accounts"
    verbose_name = "用户与单位"

    def ready(self) -> None:
        from shuangjian.accounts import permissions  # noqa: F401  (registers the object permissions)
        from shuangjian.accounts.models import GrantRequest
        from shuangjian.accounts.roles import Role
        from shuangjian.accounts.selectors import holders
        from shuangjian.journal import audit, jobs
        from shuangjian.navigation import register_badge

        audit.name_actions(
            {
                "accounts.user.signed_in": "登录",
                "accounts.user.password_changed": "修改密码",
            }
        )
        audit.name_nouns(
            {
                "accounts.county": "县级设置",
                "accounts.organisation": "单位",
                "accounts.user": "账号",
            }
        )
        audit.name_families({"accounts.place": "accounts.organisation"})
        register_badge("grants", lambda user: GrantRequest.objects.waiting_for(user).count())
        jobs.tell_of_dead_jobs(lambda: holders(Role.SYSTEM_ADMIN))
