"""The checkout's own Python: .venv with the pinned requirements, each file checked by its hash."""

from __future__ import annotations

import fcntl
import sys
from functools import partial
from pathlib import Path

from script.lib.console import run, step
from script.lib.places import Places
from script.lib.stamps import Stamps, digest


def ensure(places: Places, *names: str) -> None:
    """Make .venv where it is missing and install requirements/<name>.txt where it has changed since."""
    venv = places.root / ".venv"
    stamps = Stamps(venv / "installed.json")
    version = ".".join(map(str, sys.version_info[:2]))
    log = places.log / "pip.log"
    pins = places.root / "requirements"
    with (pins / "base.txt").open() as lock:  # script/server and script/test share .venv
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (places.python.exists() and (venv / "lib" / f"python{version}").is_dir()):
            step("建立.venv")
            make: list[str | Path] = [sys.executable, "-m", "venv", "--clear", venv]
            run(make, failure="建立.venv失败", log=log, cwd=places.root)
        for name in names:
            file = pins / f"{name}.txt"
            stamps.once(name, digest([file]), partial(_install, places, file, log))


def _install(places: Places, file: Path, log: Path) -> None:
    step(f"安装Python依赖：requirements/{file.name}（第一次要几分钟）")
    pip: list[str | Path] = [places.python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run(
        [*pip, "install", "--require-hashes", "--progress-bar", "off", "--requirement", file],
        failure="安装Python依赖失败",
        log=log,
        cwd=places.root,
    )
