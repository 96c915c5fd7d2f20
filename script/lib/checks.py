"""script/test: every check of the project on engines of its own; with arguments pytest alone, with these."""

from __future__ import annotations

import subprocess
import time

from script.lib import engines
from script.lib.console import command, say, step
from script.lib.places import ROOT, Places

_PACKAGES = ("shuangjian", "schools", "tutoring", "inspections", "script")

_SLOWEST = ("--durations=8", "--durations-min=5")  # what to look at when the everyday tier grows too long
# By file, in the order of tests/conftest.py; xdist's own leaves the longest to the end.
_BY_FILE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff检查", ("ruff", "check", ".")),
    ("ruff格式", ("ruff", "format", "--check", ".")),
    ("类型", ("mypy", *_PACKAGES)),
    ("迁移", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
    ("导入方向", ("lint-imports",)),
)


def main(argv: list[str]) -> int:
    with engines.throwaway(Places(root=ROOT, var=ROOT / "var" / "test")) as settings:
        if [word for word in argv if word != "--all"]:
            return run(["pytest", *argv], settings)
        return run_all(argv, settings)


def run_all(argv: list[str], settings: dict[str, str]) -> int:
    """All checks, each to its end, and which failed. The long run also measures what the tests reach."""
    measure = ("coverage", "run", "-m") if argv else ()
    steps = [
        *CHECKS,
        ("测试", (*measure, "pytest", *_BY_FILE, "-m", "not stack", *_SLOWEST, *argv)),
        # One portal at a time on an otherwise idle machine: these wait for workers and pages by the clock.
        ("整机测试", (*measure, "pytest", "-m", "stack", *_SLOWEST, *argv)),
    ]
    if measure:
        run(["coverage", "erase"], settings)
        steps += [("汇总覆盖率", ("coverage", "combine", "--quiet")), ("覆盖率", ("coverage", "report"))]
    failed = []
    for name, words in steps:
        step(name)
        begun = time.monotonic()
        if run(list(words), settings):
            failed.append(name)
        say(f"  {name}用了{time.monotonic() - begun:.0f}秒")
    say(f"✗ 没有通过：{'、'.join(failed)}" if failed else "✓ 全部通过")
    return 1 if failed else 0


def run(words: list[str], settings: dict[str, str]) -> int:
    """Run one of the tools of .venv; its words go straight to the terminal."""
    tools = ROOT / ".venv" / "bin"
    return subprocess.run([tools / words[0], *words[1:]], cwd=ROOT, env=settings, check=False).returncode


if __name__ == "__main__":
    command(main)
