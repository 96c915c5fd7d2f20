"""script/server as a person starts it: its steps, its end, its recovery, its one line for trouble."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from script.lib import console, processes, serving
from script.lib.address import Address
from script.lib.places import ROOT, Places
from script.lib.postgres import Postgres
from script.lib.redis import Redis
from tests.stack import free_port

pytestmark = pytest.mark.faults


class Command:
    """script/server on folders of its own, as a person starts it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.places = Places(root=ROOT, var=var.resolve())
        hidden = (
            "DATABASE_URL",
            "DATABASE_OWNER_URL",
            "REDIS_URL",
            "DJANGO_SETTINGS_MODULE",
            processes.MARK,
            "DEMO_MODE",
        )
        self.environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self.environment |= {"VAR_DIR": str(var), "ENV_FILE": os.devnull}
        self.running: list[subprocess.Popen[str]] = []

    def begin(self, *options: str) -> subprocess.Popen[str]:
        """Start it without a terminal, and wait for its address."""
        started = subprocess.Popen(
            [ROOT / "script" / "server", "--port", str(self.port), "--no-demo", *options],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(started)
        self.said = []
        assert started.stdout is not None
        for line in started.stdout:
            self.said.append(line.strip())
            if self.url in line:
                break
        else:
            pytest.fail("\n".join(self.said))
        return started

    def refused(self, *options: str) -> str:
        """Start it where it must not start; return what it said."""
        words = [ROOT / "script" / "server", "--port", str(self.port), "--no-demo", *options]
        done = subprocess.run(
            words,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1, done.stdout
        return (done.stdout + done.stderr).strip()

    def manage(self, *words: str) -> str:
        """Run manage.py on the running portal, as operations do."""
        done = subprocess.run(
            [self.places.python, "manage.py", *words],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "ENV_FILE": str(self.var / "portal.env")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def steps(self) -> list[str]:
        return [line.removeprefix("→ ") for line in self.said if line.startswith("→ ")]

    def left_over(self) -> list[int]:
        own = [self.places.var / "postgres" / "data", self.places.var / "redis"]
        return processes.marked(self.places.runtime) + [
            pid for folder in own for pid in processes.working_in(folder)
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A portal that was set up once, as after a first start; stopped again."""
    command = Command(tmp_path_factory.mktemp("双减 server"))
    first = command.begin()
    command.first_steps = command.steps  # type: ignore[attr-defined]
    first.terminate()
    assert first.wait(timeout=60) == 128 + signal.SIGTERM
    yield command
    for started in command.running:
        if started.poll() is None:
            started.kill()
            started.wait()
    serving.end_leftovers(command.places)
    Redis(command.places).stop()
    Postgres(command.places).stop()
    command.places.remove_runtime()


def test_a_first_start_names_its_steps_and_ends_with_every_child(server: Command) -> None:
    steps = server.first_steps  # type: ignore[attr-defined]
    beside = "收集静态文件"  # while the tables are made: at any place among those steps
    assert beside in steps[-5:-1]
    assert [step for step in steps if step != beside][-5:] == [
        "启动PostgreSQL",
        "启动Redis",
        "建立、更新数据表",
        "装入三十条、方案、学期、工作日历",
        "启动平台",
    ]
    assert server.left_over() == []


def test_a_second_start_runs_no_installer_migration_or_loader(server: Command) -> None:
    before = (server.var / "log" / "setup.log").stat()
    started = server.begin()
    assert server.steps == ["启动PostgreSQL", "启动Redis", "启动平台"]
    after = (server.var / "log" / "setup.log").stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns), "manage.py was run"
    assert "链条完好" in server.manage("verify_audit")
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=60) == 128 + signal.SIGINT
    assert not (server.var / "portal.env").exists()
    assert server.left_over() == []


def test_what_kill_9_left_behind_is_ended_by_the_next_start(server: Command) -> None:
    started = server.begin()
    assert "已经在运行" in server.refused(), "only one portal serves a folder"
    started.kill()
    started.wait()
    left = set(server.left_over())
    assert len(left) > 5, "the children of a killed command live on"
    again = server.begin()
    assert not left & set(server.left_over())
    again.terminate()
    again.wait(timeout=60)
    assert server.left_over() == []


def test_all_begin_anew_when_one_process_falls(server: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = serving.Serving(server.places, Address("127.0.0.1", server.port), {})
    monkeypatch.setattr(serving, "HELD", 0)
    events: list[str] = []
    monkeypatch.setattr(portal, "start", lambda: events.append("start"))
    monkeypatch.setattr(portal, "stop", lambda: events.append("stop"))
    falls = iter([True])

    def fallen() -> bool:
        try:
            return next(falls)
        except StopIteration:
            raise console.Ended(signal.SIGTERM) from None

    monkeypatch.setattr(portal, "_has_fallen", fallen)
    with pytest.raises(console.Ended):
        portal.run(on_ready=lambda: events.append("ready"), every_minute=lambda: events.append("minute"))
    assert events == ["start", "ready", "minute", "stop", "start"]


def test_why_it_stopped_is_the_word_of_who_fell_first() -> None:
    log = [
        "10:47:13 beat.1 | Scheduler: Sending due task deadlines",
        "10:47:13 pdf.1  | Redis的maxmemory-policy现在是allkeys-lru，请改为noeviction后再启动",
        "",
        "10:47:14 system | pdf.1 stopped (rc=1)",
        "10:47:14 system | sending SIGTERM to web.1 (pid 974)",
        "10:47:15 web.1  | [2026-11-25 18:47:15 +0800] [974] [INFO] Shutting down: Master",
        "10:47:15 system | web.1 stopped (rc=0)",
    ]
    assert serving.reason(log) == "Redis的maxmemory-policy现在是allkeys-lru，请改为noeviction后再启动"
    web = ["10:00:00 web.1  | ImportError: no module", "10:00:01 web.1  | Shutting down: Master"]
    assert serving.reason([*web, "10:00:02 system | web.1 stopped (rc=3)"]) == "ImportError: no module"
    assert serving.reason([]) == "没有输出"


def test_a_taken_port_is_one_line(server: Command) -> None:
    with socket.create_server(("127.0.0.1", server.port)):
        said = server.refused()
    assert said == f"✗ 端口{server.port}已被别的程序占用：换一个，如script/server --port {server.port + 1}"


def test_clearing_everything_asks_or_is_told_yes(server: Command) -> None:
    assert "确定要清空请加--yes" in server.refused("--fresh").splitlines()[-1]
    assert (server.var / "postgres" / "data").exists()


def test_options_win_over_what_the_environment_file_says_of_them(server: Command, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"DEMO_MODE=true\nPORTAL_BIND=0.0.0.0:{free_port()}\nINSECURE_LAN=true\n")
    server.environment["ENV_FILE"] = str(file)
    try:
        started = server.begin()
    finally:
        server.environment["ENV_FILE"] = os.devnull
    assert "建立虚构的演示县" not in server.steps, "--no-demo was given"
    web = [pid for pid in processes.marked(server.places.runtime) if b"gunicorn" in command_line(pid)]
    held = (Path("/proc") / str(web[0]) / "environ").read_bytes().split(b"\0")
    assert {
        b"DEMO_MODE=false",
        b"INSECURE_LAN=false",
        f"PORTAL_BIND=127.0.0.1:{server.port}".encode(),
    } <= set(held)
    started.terminate()
    started.wait(timeout=60)


def command_line(pid: int) -> bytes:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes()


def test_the_commands_need_nothing_but_python_to_begin() -> None:
    for module in ("server", "checks"):
        bare = [sys.executable, "-S", "-c", f"import script.lib.{module}"]
        done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_an_unknown_option_is_one_line() -> None:
    done = subprocess.run([ROOT / "script" / "server", "--prot"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("✗ 参数不对") and len(done.stderr.splitlines()) == 1
