"""Brings database and static files to where the code is: each step only when its inputs have changed."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from script.lib.console import Stop, run, step
from script.lib.places import Places
from script.lib.postgres import DATABASE, WEB, Postgres
from script.lib.stamps import Stamps, digest

_STOP_IF_THERE_ARE_USERS = (
    "from shuangjian.accounts.models import User\nif User.objects.exists(): raise SystemExit('已有人员')"
)


class Preparation:
    """The steps between an empty database and a portal that can be served."""

    def __init__(self, places: Places, environment: Mapping[str, str], postgres: Postgres | None) -> None:
        self.places = places
        self.environment = environment
        self.postgres = postgres  # None: a real server, whose state is nobody's but its own
        self.stamps = Stamps(places.var / "postgres" / "done.json")
        self.static_stamps = Stamps(places.var / "static.json")

    def manage(self, *arguments: str, failure: str, as_owner: bool = False, log: str = "setup.log") -> None:
        """Run manage.py as the web role, or as the role that owns the tables."""
        environment = dict(self.environment)
        if as_owner:
            environment["DATABASE_URL"] = environment.get("DATABASE_OWNER_URL") or environment["DATABASE_URL"]
        run(
            [self.places.python, "manage.py", *arguments],
            failure=failure,
            log=self.places.log / log,
            cwd=self.places.root,
            env=environment,
        )

    def bring_up_to_date(self) -> None:
        """Migrations with their grants, the policy; beside them the static files, which need no database."""
        root = self.places.root
        # Django and its friends bring migrations and static files too.
        pins = root / "requirements" / "base.txt"
        if self.postgres is None:
            self.stamps.forget()
        with ThreadPoolExecutor(1) as beside:
            static = beside.submit(
                self.static_stamps.once, "static", digest([root / "static", pins]), self._collect_static
            )
            self._bring_database_up_to_date(root, pins)
            static.result()

    def _bring_database_up_to_date(self, root: Path, pins: Path) -> None:
        grants = root / "shuangjian" / "journal" / "management" / "commands" / "grant_roles.py"
        self.stamps.once("migrations", digest([*_migrations(root), grants, pins]), self._migrate)
        policy = root / "shuangjian" / "policy"
        self.stamps.once(
            "policy",
            # The pins too: a new chinesecalendar brings a new year.
            digest([policy / "data", policy / "workflows", *sorted(policy.glob("models*.py")), pins]),
            self._load_policy,
        )

    def _migrate(self) -> None:
        step("建立、更新数据表")
        self.manage("migrate", "--no-input", failure="更新数据表失败", as_owner=True)
        role = self.environment.get("WEB_DATABASE_ROLE", WEB)
        self.manage("grant_roles", "--role", role, failure="数据库授权失败", as_owner=True)

    def _load_policy(self) -> None:
        step("装入三十条、方案、学期、工作日历")
        self.manage("load_policy", failure="装入政策数据失败")

    def _collect_static(self) -> None:
        step("收集静态文件")
        self.manage("collectstatic", "--no-input", "--clear", failure="收集静态文件失败", log="static.log")

    def is_empty(self) -> bool:
        """Nobody could sign in yet."""
        if self.postgres is not None:
            return (
                self.postgres.psql("SELECT NOT EXISTS (SELECT FROM accounts_user)", database=DATABASE) == "t"
            )
        try:
            self.manage("shell", "--no-imports", "-c", _STOP_IF_THERE_ARE_USERS, failure="")
        except Stop:
            return False
        return True

    def build_demo(self, *, empty: bool = False) -> None:
        step("建立空的演示县" if empty else "建立虚构的演示县")
        self.manage("demo_county", *(["--empty"] if empty else []), failure="建立演示县失败")


def _migrations(root: Path) -> list[Path]:
    return sorted(
        file
        for top in ("shuangjian", "schools", "tutoring", "inspections")
        for file in (root / top).rglob("migrations/*.py")
    )
