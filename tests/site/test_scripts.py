"""The two commands: engines that start, stop and recover; one clear line for trouble; nothing done twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from script.lib import backup, console, environment, packages, processes
from script.lib.address import Address
from script.lib.console import Stop
from script.lib.places import ROOT, Places
from script.lib.postgres import DATABASE, OWNER, WEB, Postgres
from script.lib.redis import Redis
from script.lib.stamps import Stamps, digest

pytestmark = pytest.mark.faults

LONG_NAME = "一个很长的目录名 with spaces " * 4  # its bytes alone are more than a socket's path may have


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    made = Places(root=ROOT, var=tmp_path / LONG_NAME / "var")
    made.make()
    yield made
    made.remove_runtime()


@pytest.fixture
def postgres(places: Places) -> Iterator[Postgres]:
    engine = Postgres(places, throwaway=True)
    yield engine
    engine.stop()


# --- Engines ---------------------------------------------------------------------------------


def test_postgres_keeps_its_rows_over_a_stop(postgres: Postgres) -> None:
    postgres.start()
    postgres.psql(
        "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('双减')", role=OWNER, database=DATABASE
    )
    postgres.stop()
    assert processes.working_in(postgres.data) == []
    postgres.start()
    assert postgres.psql("SELECT word FROM kept", role=OWNER, database=DATABASE) == "双减"


def test_the_web_role_owns_nothing_and_makes_nothing(postgres: Postgres) -> None:
    postgres.start()
    with pytest.raises(Stop, match="permission denied"):
        postgres.psql("CREATE TABLE own (word text)", role=WEB, database=DATABASE)


def test_postgres_stops_at_once_although_a_client_is_connected(postgres: Postgres) -> None:
    postgres.start()
    client = subprocess.Popen(
        [postgres.programs / "psql", postgres.dsn(OWNER), "-c", "SELECT pg_sleep(60)"],
        stderr=subprocess.DEVNULL,
    )
    time.sleep(0.3)
    begun = time.monotonic()
    postgres.stop()
    client.wait()
    assert time.monotonic() - begun < 10


def test_a_killed_postgres_is_cleared_away_and_started_again(postgres: Postgres) -> None:
    postgres.start()
    postgres.psql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", role=OWNER, database=DATABASE)
    postmaster = int((postgres.data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(postmaster, signal.SIGKILL)
    later = Postgres(postgres.places, throwaway=True)
    later.start()
    assert later.psql("SELECT n FROM kept", role=OWNER, database=DATABASE) == "7"
    later.stop()


def test_a_postgres_that_nobody_watches_is_ended_by_the_next_start(postgres: Postgres) -> None:
    postgres.start()
    left = set(processes.working_in(postgres.data))
    later = Postgres(postgres.places, throwaway=True)
    later.start()
    assert not left & set(processes.working_in(postgres.data))
    later.stop()


def test_an_interrupted_first_start_leaves_no_half_made_database(postgres: Postgres) -> None:
    (postgres.home / "data.part").mkdir(parents=True)
    (postgres.home / "data.part" / "PG_VERSION").write_text("18\n")
    postgres.start()
    assert postgres.psql("SELECT 1") == "1"


def test_redis_evicts_nothing_and_writes_what_it_has(places: Places) -> None:
    redis = Redis(places)
    redis.start()
    try:
        assert ask(redis, "CONFIG GET maxmemory-policy").split()[-1] == "noeviction"
        assert ask(redis, "CONFIG GET appendonly").split()[-1] == "yes"
        ask(redis, "SET doorbell 1")
        redis.stop()
        assert processes.working_in(redis.data) == []
        redis.start()
        assert ask(redis, "EXISTS doorbell") == ":1"
    finally:
        redis.stop()


def test_redis_starts_although_its_file_is_broken(places: Places) -> None:
    redis = Redis(places)
    folder = redis.data / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    redis.start()
    try:
        assert ask(redis, "PING") == "+PONG"
    finally:
        redis.stop()


def ask(redis: Redis, words: str) -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(redis.socket))
        line.sendall(words.encode() + b"\r\n")
        return line.recv(4096).decode().strip()


# --- Backups ---------------------------------------------------------------------------------


def test_a_restored_dump_brings_back_what_was_lost(postgres: Postgres) -> None:
    postgres.start()
    postgres.psql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)", role=OWNER, database=DATABASE)
    keeper = backup.Backup(postgres)
    dump = keeper.daily()
    assert dump is not None
    checkpoints = postgres.places.var / "audit" / "checkpoints.jsonl"
    checkpoints.parent.mkdir()
    checkpoints.write_text("of what was there\n")
    assert keeper.daily() is None, "one dump a day"
    postgres.psql("DELETE FROM kept", role=OWNER, database=DATABASE)
    keeper.restore(dump)
    assert postgres.psql("SELECT n FROM kept", role=OWNER, database=DATABASE) == "1"
    assert list(keeper.folder.glob("before-restore-*.dump")), "what was there before can be had back too"
    assert not checkpoints.exists(), "they are of the trail that was given up"
    assert [file.read_text() for file in keeper.folder.glob("checkpoints-*.jsonl")] == ["of what was there\n"]


def test_a_dump_that_cannot_be_restored_leaves_the_database_as_it_was(
    postgres: Postgres, tmp_path: Path
) -> None:
    postgres.start()
    postgres.psql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)", role=OWNER, database=DATABASE)
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"PGDMP and nothing that follows from it")
    with pytest.raises(Stop, match="现有数据没有动"):
        backup.Backup(postgres).restore(broken)
    assert postgres.psql("SELECT n FROM kept", role=OWNER, database=DATABASE) == "1"


def test_seven_daily_dumps_are_kept(postgres: Postgres) -> None:
    postgres.start()
    keeper = backup.Backup(postgres)
    keeper.folder.mkdir()
    for day in range(1, 10):
        (keeper.folder / f"portal-2026-09-0{day}.dump").write_bytes(b"PGDMP")
    (keeper.folder / "before-restore-2026-09-01-120000.dump").write_bytes(b"PGDMP")
    keeper.daily()
    daily = sorted(file.name for file in keeper.folder.glob("portal-*.dump"))
    assert len(daily) == 7
    assert "portal-2026-09-03.dump" not in daily
    assert list(keeper.folder.glob("before-restore-*.dump")), "only daily dumps are cleared away"


@pytest.mark.parametrize("content", [b"", b"-- a text dump"])
def test_only_a_dump_is_taken_for_one(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.dump"
    file.write_bytes(content)
    with pytest.raises(Stop, match="不是script/server写的备份"):
        backup.Backup.check(file)


# --- One clear line --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "demo", "words"),
    [
        (Address("0.0.0.0", 8000), True, "演示平台只监听本机和内网地址"),
        (Address("8.8.8.8", 8000, insecure_lan=True), True, "演示平台只监听本机和内网地址"),
        (Address("192.168.1.5", 8000), True, "要有证书"),
        (Address("192.168.1.5", 8000, insecure_lan=True), False, "要有证书"),
        (Address("127.0.0.1", 0), True, "端口0不存在"),
        (Address("127.0.0.1", 8000, certificate=Path("/nowhere.pem")), True, "要一起给出"),
        (Address("127.0.0.1", 8000, Path("/nowhere.pem"), Path("/nowhere.pem")), True, "找不到证书文件"),
        (Address("127.0.0.1", 8000, Path(__file__), Path(__file__)), True, "不是一对"),
    ],
)
def test_an_address_that_would_show_too_much_is_refused(address: Address, demo: bool, words: str) -> None:
    with pytest.raises(Stop, match=words):
        address.check(demo=demo)


@pytest.mark.parametrize(
    ("address", "demo"),
    [
        (Address("127.0.0.1", 8000), True),
        (Address("localhost", 8000), False),
        (Address("192.168.1.5", 8000, insecure_lan=True), True),
    ],
)
def test_an_address_that_shows_only_what_it_may_is_taken(address: Address, demo: bool) -> None:
    address.check(demo=demo)
    assert address.settings()["HTTPS"] == "false"
    assert address.is_named_in(address.settings()["ALLOWED_HOSTS"])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of one's own for localhost, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*make, "-out", certificate, "-keyout", key], capture_output=True, check=True)
    return certificate, key


def test_with_a_certificate_every_address_is_taken(pair: tuple[Path, Path]) -> None:
    address = Address("0.0.0.0", 443, *pair)
    address.check(demo=False)
    assert address.settings()["HTTPS"] == "true"
    assert not address.is_named_in("localhost,0.0.0.0"), "nobody types that"


@pytest.mark.parametrize(("bind", "status"), [("0.0.0.0:0", 1), ("8.8.8.8:0", 1), ("127.0.0.1:0", 0)])
def test_gunicorn_itself_refuses_to_show_a_demo_portal_to_the_world(bind: str, status: int) -> None:
    program = (
        "import importlib.util, types, logging\n"
        "spec = importlib.util.spec_from_file_location('conf', 'deploy/gunicorn.py')\n"
        "conf = importlib.util.module_from_spec(spec); spec.loader.exec_module(conf)\n"
        "from gunicorn.config import Config\n"
        "cfg = Config(); cfg.set('bind', conf.bind)\n"
        "conf.on_starting(types.SimpleNamespace(cfg=cfg, log=logging.getLogger()))\n"
    )
    environment = {
        **os.environ,
        "DEMO_MODE": "true",
        "PORTAL_BIND": bind,
        "DJANGO_SETTINGS_MODULE": "shuangjian.settings",
        "ENV_FILE": os.devnull,
    }
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert ("private addresses only" in done.stderr) == bool(status)


def test_a_missing_package_is_named_where_nothing_may_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need = packages.Need("libnothing-1", "说明用", lambda: False)
    monkeypatch.setattr(packages, "_as_root", lambda: None)
    monkeypatch.setattr(packages, "_is_tested_system", lambda: True)
    with pytest.raises(Stop, match="apt-get install --no-install-recommends libnothing-1"):
        packages.ensure([need], root=ROOT, log=tmp_path)
    monkeypatch.setattr(packages, "_is_tested_system", lambda: False)
    with pytest.raises(Stop, match="libnothing-1（说明用）；这个系统没有测试过"):
        packages.ensure([need], root=ROOT, log=tmp_path)


def test_a_nearly_full_disk_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(console.shutil, "disk_usage", lambda folder: usage(10**9, 10**9 - 1, 1))
    with pytest.raises(Stop, match="磁盘快满了"):
        console.require_space(tmp_path)


def test_a_disk_that_fills_up_on_the_way_is_named_as_such() -> None:
    said = "pip: Collecting django\nOSError: [Errno 28] No space left on device\n"
    assert console.explain("安装失败", said, Path("/x.log")) == "安装失败：磁盘满了，请腾出空间后再运行"


def test_a_disk_so_full_that_nothing_was_said_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(console.shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 0))
    assert console.explain("安装失败", "", Path("/x.log")) == "安装失败：磁盘满了，请腾出空间后再运行"


def test_a_runtime_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    places = Places(root=ROOT, var=tmp_path / "var")
    places.runtime.symlink_to(tmp_path)
    try:
        with pytest.raises((Stop, FileExistsError)):
            places.make()
    finally:
        places.runtime.unlink()


# --- Done once -------------------------------------------------------------------------------


def test_work_is_repeated_exactly_when_its_inputs_change(tmp_path: Path) -> None:
    source, done = tmp_path / "in", []
    stamps = Stamps(tmp_path / "stamps.json")
    for text in ("a", "a", "b", "b"):
        source.write_text(text)
        stamps.once("load", digest([source]), lambda: done.append(source.read_text()))
    assert done == ["a", "b"]


def test_work_that_failed_is_done_again(tmp_path: Path) -> None:
    stamps, calls = Stamps(tmp_path / "stamps.json"), []

    def fail_first() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise Stop("first")

    with pytest.raises(Stop):
        stamps.once("load", "x", fail_first)
    stamps.once("load", "x", fail_first)
    assert len(calls) == 2


def test_secrets_are_made_once_and_readable_by_their_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret.env"
    first = environment.own_secrets(file)
    assert environment.own_secrets(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(first["SECRET_KEY"]) >= 50 and first["SECRET_KEY"] != first["AUDIT_SALT"]


def test_what_is_set_wins_over_what_is_made(places: Places) -> None:
    made = environment.for_processes(
        places, {"SECRET_KEY": "given", "DATABASE_URL": ""}, DATABASE_URL="postgres://own", DEMO_MODE="true"
    )
    assert (made["SECRET_KEY"], made["DATABASE_URL"], made["DEMO_MODE"]) == (
        "given",
        "postgres://own",
        "true",
    )


def test_an_environment_file_is_read_as_django_reads_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\nDEMO_MODE=false\nNAME='云溪 县'\nexport PORT_=8 # why\n\nEMPTY=\n", encoding="utf-8"
    )
    found = environment.read_env(file)
    assert found == {"DEMO_MODE": "false", "NAME": "云溪 县", "PORT_": "8", "EMPTY": ""}


def test_a_setting_may_stand_in_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgres://web:pass@db/portal\n")
    monkeypatch.setenv("ENV_FILE", os.devnull)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(secret))
    found = environment.given(ROOT)
    assert found["DATABASE_URL"] == "postgres://web:pass@db/portal"
    assert "DATABASE_URL_FILE" not in found, "or migrations would not run as the owner of the tables"
    secret.unlink()
    with pytest.raises(Stop, match="DATABASE_URL_FILE"):
        environment.given(ROOT)
