"""script/server: from a fresh machine to a served portal, in one command."""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from script.lib import address, backup, database, environment, packages, serving, venv
from script.lib.console import Stop, command, require_space, say, step
from script.lib.places import ROOT, Places
from script.lib.postgres import OWNER, WEB, Postgres
from script.lib.redis import Redis


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Stop(f"参数不对（{message}）；script/server --help列出全部参数")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="script/server", description="装好所需的一切，起双减工作平台。", add_help=False)
    parser.add_argument("-h", "--help", action="help", help="显示这些说明")
    parser.add_argument("--port", type=int, default=8000, metavar="端口", help="监听的端口，默认8000")
    parser.add_argument("--host", default="127.0.0.1", metavar="地址", help="监听的地址，默认只有本机")
    parser.add_argument("--fresh", action="store_true", help="清空数据库和文件，从头开始")
    parser.add_argument("--yes", action="store_true", help="清空前不再询问")
    parser.add_argument("--no-demo", action="store_true", help="不建演示县")
    parser.add_argument("--empty", action="store_true", help="建一个空的演示县，从开通三步做起")
    parser.add_argument("--restore", type=Path, metavar="文件", help="先恢复var/backup/里的一个备份")
    parser.add_argument("--tls-cert", type=Path, metavar="文件", help="证书（PEM），监听本机以外的地址时要有")
    parser.add_argument("--tls-key", type=Path, metavar="文件", help="证书的私钥（PEM）")
    parser.add_argument("--insecure-lan", action="store_true", help="在可信的内网不用证书试用演示平台")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    given = environment.given(ROOT)
    places = Places(root=ROOT, var=Path(given.get("VAR_DIR") or ROOT / "var").resolve())
    where = address.Address(
        options.host, options.port, options.tls_cert, options.tls_key, options.insecure_lan
    )
    demo = not options.no_demo and environment.is_on({"DEMO_MODE": "true", **given}, "DEMO_MODE")
    where.check(demo=demo)
    for name in ("DEMO_MODE", *address.DECIDED_HERE):
        given.pop(name, None)
    if options.restore is not None:
        options.restore = options.restore.resolve()
        backup.Backup.check(options.restore)
    own_database = not given.get("DATABASE_URL")
    if not own_database and (options.fresh or options.restore):
        raise Stop("--fresh和--restore只用于平台自带的数据库；DATABASE_URL指向别的服务器时请用它自己的工具")
    if options.fresh and not options.yes:
        confirm_clearing()
    with places.locked(busy="这个目录里的平台已经在运行，请先停掉它"):
        serving.end_leftovers(places)
        places.make()
        require_space(places.var)
        where.require_free()
        packages.ensure(packages.SERVER, root=ROOT, log=places.log)
        venv.ensure(places, "base")
        with ExitStack() as running:
            # Whatever ends this command, its own children end in order and undisturbed: PostgreSQL last.
            running.callback(places.remove_runtime)
            postgres = Postgres(places) if own_database else None
            redis = Redis(places) if not given.get("REDIS_URL") else None
            if options.fresh:
                clear(places, Postgres(places), Redis(places))
            own: dict[str, str] = {"DEMO_MODE": "true" if demo else "false", **where.settings()}
            if demo:
                own["PORTAL_URL"] = where.url  # what the codes of printed posters lead to
            if postgres is not None:
                step("启动PostgreSQL")
                running.callback(postgres.stop)
                postgres.start()
                own |= {"DATABASE_URL": postgres.url(WEB), "DATABASE_OWNER_URL": postgres.url(OWNER)}
            if redis is not None:
                step("启动Redis")
                running.callback(redis.stop)
                redis.start()
                own["REDIS_URL"] = redis.url
            settings = environment.for_processes(places, given, **own)
            prepare(places, settings, postgres, options, demo=demo)
            serve(places, where, settings, postgres, running)
    return 0


def confirm_clearing() -> None:
    """Ask before everything that was entered is given up; without a terminal nobody can answer."""
    if not sys.stdin.isatty():
        raise Stop("--fresh会清空全部数据；没有终端可以询问，确定要清空请加--yes")
    if input("将清空数据库和全部上传的文件（备份保留）。确定请输入yes：").strip() != "yes":
        raise Stop("没有清空，什么都没有改")


def clear(places: Places, postgres: Postgres, redis: Redis) -> None:
    """Remove what was entered: database, files, accounts. Backups and secrets stay."""
    step("清空数据")
    postgres.end_leftovers()
    redis.end_leftovers()
    for folder in (postgres.home, redis.data, places.var / "files"):
        shutil.rmtree(folder, ignore_errors=True)
    (places.var / "demo-accounts.csv").unlink(missing_ok=True)
    backup.set_checkpoints_aside(places)


def prepare(
    places: Places,
    settings: dict[str, str],
    postgres: Postgres | None,
    options: argparse.Namespace,
    *,
    demo: bool,
) -> None:
    """Bring the database up to date; a dump is written before anything in it is changed."""
    preparation = database.Preparation(places, settings, postgres)
    if postgres is not None:
        keeper = backup.Backup(postgres)
        if preparation.stamps.file.exists():
            keeper.daily()
        if options.restore is not None:
            keeper.restore(options.restore)
            preparation.stamps.forget()
    preparation.bring_up_to_date()
    if demo and preparation.is_empty():
        preparation.build_demo(empty=options.empty)


def serve(
    places: Places,
    where: address.Address,
    settings: dict[str, str],
    postgres: Postgres | None,
    running: ExitStack,
) -> None:
    """Run the portal until somebody ends it."""
    keeper = backup.Backup(postgres) if postgres is not None else None
    # The processes that face people never learn how to become the owner of the tables.
    settings = {name: value for name, value in settings.items() if name != "DATABASE_OWNER_URL"}
    shown = places.var / "portal.env"
    running.callback(shown.unlink, missing_ok=True)
    environment.show(shown, settings, example=ROOT / "deploy" / ".env.example")
    portal = serving.Serving(places, where, settings)
    running.callback(portal.stop)
    step("启动平台")

    def ready() -> None:
        say(f"双减工作平台已就绪：{where.url}")
        if not where.is_named_in(settings["ALLOWED_HOSTS"]):
            say(f"  用别的名称或地址访问，要写在设置ALLOWED_HOSTS里，现在是{settings['ALLOWED_HOSTS']}")
        accounts = places.var / "demo-accounts.csv"
        if accounts.exists():
            say(f"演示账号和密码：{accounts}")
        say(f"运行日志：{portal.log}    结束：Ctrl-C")

    def keep() -> None:
        if keeper is not None:
            try:
                keeper.daily()
            except Stop as stop:
                say(f"! {stop}")

    portal.run(on_ready=ready, every_minute=keep)


if __name__ == "__main__":
    command(main)
