"""What the system itself must have: installed by apt on Debian 12, named anywhere else."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from script.lib.console import Stop, run, say, step

FANDOL = Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf")
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
OFFICE = Path("/usr/lib/libreoffice/program")  # its text and its table half are packages of their own
LOCAL_FONTS = Path("/usr/local/share/fonts/shuangjian")  # the other folder that the fonts' list reads


@dataclass(frozen=True)
class Need:
    """One thing that must be there, and Debian's package that brings it."""

    package: str
    purpose: str
    is_there: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    def loads() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return loads


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _font(file: Path) -> Callable[[], bool]:
    return lambda: file.exists() or (LOCAL_FONTS / file.name).exists()


def chromium() -> str | None:
    """The browser of the tests; CHROMIUM=/path names another one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


SERVER = (
    Need("python3-venv", "建立.venv", lambda: importlib.util.find_spec("ensurepip") is not None),
    Need("libpango-1.0-0", "生成PDF", _library("libpango-1.0.so.0")),
    Need("libpangoft2-1.0-0", "生成PDF", _library("libpangoft2-1.0.so.0")),
    Need("libharfbuzz-subset0", "PDF内嵌字体", _library("libharfbuzz-subset.so.0")),
    Need("fonts-noto-cjk", "宋体、黑体", _font(NOTO)),
    Need("texlive-lang-chinese", "仿宋、楷体", _font(FANDOL)),
    Need("redis-tools", "Redis", _command("redis-server", "redis-check-rdb")),
    Need("util-linux", "以root运行时降权", _command("unshare")),
)
TEST = (
    *SERVER,
    Need("chromium", "浏览器测试", lambda: chromium() is not None),
    Need("poppler-utils", "检查PDF", _command("pdftotext")),
    Need("openssl", "测试用的证书", _command("openssl")),
    Need("libreoffice-writer-nogui", "打开Word文件", (OFFICE / "libswlo.so").exists),
    Need("libreoffice-calc-nogui", "打开Excel文件", (OFFICE / "libsclo.so").exists),
)


def ensure(needs: Iterable[Need], *, root: Path, log: Path) -> None:
    """Install what is missing where that is tested; elsewhere, or without the right to, name it and stop."""
    missing = [need for need in needs if not need.is_there()]
    if not missing:
        return
    names = [need.package for need in missing]
    listed = "、".join(f"{need.package}（{need.purpose}）" for need in missing)
    if not _is_tested_system():
        raise Stop(f"缺少系统软件：{listed}；这个系统没有测试过，请自行安装对应的软件包后再运行")
    prefix = _as_root()
    if prefix is None:
        raise Stop(
            f"缺少系统软件：{listed}；请以root运行：apt-get install --no-install-recommends {' '.join(names)}"
        )
    step(f"安装系统软件：{' '.join(names)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    file = log / "apt.log"
    run([*apt, "update"], failure="更新软件源失败", log=file, cwd=root)
    run(
        [*apt, "install", "--no-install-recommends", *names],
        failure=f"安装系统软件失败（{' '.join(names)}）",
        log=file,
        cwd=root,
    )
    left = [need.package for need in missing if not need.is_there()]
    if left:
        raise Stop(f"装好后仍找不到：{'、'.join(left)}（全文见{file}）")


def _is_tested_system() -> bool:
    """Debian 12 on x86-64, as its own os-release file says."""
    try:
        said = dict(
            line.split("=", 1)
            for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
            if "=" in line
        )
    except OSError:
        return False
    debian = said.get("ID", "") == "debian" and said.get("VERSION_ID", "").strip('"') == "12"
    if debian and platform.machine() != "x86_64":
        say(f"提示：{platform.machine()}没有测试过")
    return debian and shutil.which("apt-get") is not None


def _as_root() -> list[str] | None:
    """How to become root: already so, by sudo without a question, or by sudo at a terminal."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    silent = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    if silent:
        return ["sudo", "-n"]
    return ["sudo"] if sys.stdin.isatty() else None
