"""How the portal's machinery is, in words: database, Redis, disk, faces, processes, queues, sweeps, jobs.

For the system administrator's page, which must be drawn whatever of it is down but the database: nothing here
waits for Redis longer than the doorbell does. What each line means and what to do: docs/operations.md.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from shuangjian import typefaces
from shuangjian.journal import doorbell, sweeps
from shuangjian.journal.models import Heartbeat, Job

LOW_DISK = 500 * 2**20  # below this script/server does not start either
_GIGABYTE = 2**30


@dataclass(frozen=True)
class Line:
    """One part of the machinery: its name, a tag (kind and words), what there is to say or to do."""

    name: str
    kind: str
    standing: str
    note: str = ""


@dataclass(frozen=True)
class Status:
    """The whole page but for the list of dead jobs."""

    services: list[Line]
    faces: list[Line]
    queues: list[Line]
    workers: list[Line]
    sweeps: list[Line]
    counts: list[tuple[str, int]]
    oldest: Oldest | None

    @property
    def troubles(self) -> list[str]:
        """The names of what needs somebody; a worker that left is none as long as its queue is served."""
        lines = [*self.services, *self.faces, *self.queues, *self.sweeps]
        return [line.name for line in lines if line.kind in ("bad", "warn")]


@dataclass(frozen=True)
class Oldest:
    """The job that has been due for the longest and isn't finished."""

    job: Job
    waited: str
    doing: str


def read() -> Status:
    """All of it as it is now, in four queries however much there is."""
    seen = dict(Heartbeat.objects.values_list("name", "seen_at"))
    now = timezone.now()
    services = [_database()]
    waiting = doorbell.waiting()
    services += [_redis(waiting), *_disks()]
    return Status(
        services=services,
        faces=[_face(use) for use in typefaces.in_use()],
        queues=[_queue(queue, seen.get(f"canary:{queue}"), waiting, now) for queue in doorbell.QUEUES],
        workers=[_worker(name, at, now) for name, at in sorted(seen.items()) if name.startswith("worker:")],
        sweeps=[
            _sweep(expected, seen.get(name), now)
            for name, expected in sorted(sweeps.EXPECTED.items(), key=lambda one: one[1].silent_after)
            if name.startswith("sweep:")
        ],
        counts=_counts(),
        oldest=_oldest(now),
    )


# --- Services ---------------------------------------------------------------------------------------------
def _database() -> Line:
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = int(cursor.fetchone()[0])
    took = max(1, round((time.monotonic() - begun) * 1000))
    return Line("数据库", "ok", "正常", f"{took}毫秒应答，已用{_size(size)}")


def _redis(waiting: dict[str, int] | None) -> Line:
    if waiting is None:
        advice = "任务照常登记，一件不丢；恢复应答后自动接着办。断开后最多30秒再问一次"
        return Line("任务铃（Redis）", "bad", "没有应答", advice)
    return Line("任务铃（Redis）", "ok", "正常")


def _disks() -> Iterator[Line]:
    """The disk of the portal's folder; the one of the uploaded files too where that is another."""
    known = set()
    for name, wanted in (("磁盘", settings.VAR_DIR), ("上传文件的磁盘", settings.EVIDENCE_ROOT)):
        folder = _existing(Path(wanted))
        device = folder.stat().st_dev
        if device in known:
            continue
        known.add(device)
        disk = shutil.disk_usage(folder)
        note = f"还剩{_size(disk.free)}，共{_size(disk.total)}"
        if disk.free < LOW_DISK:
            yield Line(name, "bad", "快满了", f"{note}。请腾出500MB以上，满了就存不下文件和数据")
        else:
            yield Line(name, "ok", "正常", note)


def _face(use: typefaces.Use) -> Line:
    if use.fault:
        return Line(use.name, "bad", "不能用", f"{use.fault}。在此之前生成不了PDF")
    return Line(use.name, "ok", "本单位字库" if use.is_own else "开源字库", f"{use.family}，{use.path}")


def _existing(folder: Path) -> Path:
    """The folder itself or the nearest one above it that was made already."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _size(number: int) -> str:
    return f"{number / _GIGABYTE:.1f}GB" if number >= _GIGABYTE else f"{number // 2**20}MB"


# --- What is heard of ---------------------------------------------------------------------------------------
def _queue(queue: str, seen_at: datetime | None, waiting: dict[str, int] | None, now: datetime) -> Line:
    expected = sweeps.EXPECTED[f"canary:{queue}"]
    rung = f"，排着{waiting[queue]}条消息" if waiting is not None else ""
    if _is_silent(seen_at, expected, now):
        advice = "没有程序在处理这一队。Redis正常的话，请在服务器上重新启动平台"
        return Line(expected.words, "bad", ago(seen_at, now), f"{advice}{rung}")
    return Line(expected.words, "ok", "有程序处理", f"{ago(seen_at, now)}试过{rung}")


def _worker(name: str, seen_at: datetime, now: datetime) -> Line:
    """Silent workers are no trouble by themselves: an update ends them, and others take their place."""
    is_here = now - seen_at <= sweeps.SILENT_AFTER
    queue, _, machine = name.removeprefix("worker:").partition("@")
    expected = sweeps.EXPECTED.get(f"canary:{queue}")
    return Line(
        f"{expected.words if expected else queue}（{machine}）",
        "ok" if is_here else "none",
        "运行中" if is_here else "不在运行",
        f"最近一次响应：{ago(seen_at, now)}",
    )


def _sweep(expected: sweeps.Expected, seen_at: datetime | None, now: datetime) -> Line:
    if _is_silent(seen_at, expected, now):
        advice = "过了时间没有跑。队列正常的话，请查看日志里的原因；补跑一次就补齐，不会重复"
        return Line(expected.words, "warn", "没有按时跑", f"最近一次：{ago(seen_at, now)}。{advice}")
    return Line(expected.words, "ok", "按时", f"最近一次：{ago(seen_at, now)}")


def _is_silent(seen_at: datetime | None, expected: sweeps.Expected, now: datetime) -> bool:
    return seen_at is None or now - seen_at > expected.silent_after


def ago(moment: datetime | None, now: datetime) -> str:
    """刚刚, 5分钟前, 3小时前, 2天前; by the machine's clock on both sides."""
    if moment is None:
        return "还没有过"
    words = span(now - moment)
    return f"{words}前" if words else "刚刚"


def span(length: timedelta) -> str:
    """A length of time in its largest whole unit; empty below a minute."""
    seconds = length.total_seconds()
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return ""


# --- Jobs ---------------------------------------------------------------------------------------------------
def _counts() -> list[tuple[str, int]]:
    """(state in words, how many) of every state, also of those that no job is in."""
    found = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(label, found.get(value, 0)) for value, label in Job.State.choices]


def _oldest(now: datetime) -> Oldest | None:
    open_ones = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING], due_at__lte=now)
    job = open_ones.order_by("due_at", "pk").first()
    if job is None:
        return None
    if job.lease_until is None:
        doing = "等待办理"
    elif job.lease_until > now:
        doing = "正在办理"
    else:
        doing = "办理它的程序没有响应，马上由别的程序接着办"
    return Oldest(job, span(now - job.due_at) or "不到1分钟", doing)
