"""Where a checkout keeps its data, its sockets and its lock."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from script.lib.console import Stop

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The folders of one set of engines. The server and the tests have their own, so both may run at once."""

    root: Path  # the checkout
    var: Path  # everything that is kept

    @property
    def python(self) -> Path:
        return self.root / ".venv" / "bin" / "python"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def runtime(self) -> Path:
        """Sockets only. Short, since a socket's path has at most 107 bytes and a checkout's may be longer."""
        name = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:10]
        return Path("/tmp") / f"shuangjian-{os.getuid()}-{name}"  # noqa: S108  (made private below)

    def make(self) -> None:
        """Make the folders; refuse a runtime folder that somebody else has prepared."""
        self.log.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.remove_runtime()  # root's engines may have left it to the user they ran as
        self.runtime.mkdir(mode=0o700, exist_ok=True)
        found = self.runtime.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise Stop(f"{self.runtime}属于别人，请删除它后再运行")
        self.runtime.chmod(0o700)

    def remove_runtime(self) -> None:
        """Remove what only running engines need."""
        shutil.rmtree(self.runtime, ignore_errors=True)

    @contextmanager
    def locked(self, *, busy: str, wait: bool = False) -> Iterator[None]:
        """Hold this set of folders alone. The kernel lets go when the process ends, however it ends."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not wait:
                    raise Stop(busy) from None
                print(busy, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
