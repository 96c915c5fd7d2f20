"""What is written down agrees with what is done: pins, settings, production's checks, what CI runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest

from script.lib.places import ROOT


@pytest.mark.parametrize("name", ["base", "dev"])
def test_pins_name_no_place_and_carry_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"index-url|find-links|file:|https?:|^-e|^/", text, re.MULTILINE)
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_requirement_is_pinned_and_dev_pins_what_base_pins() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base, dev = pins("base"), pins("dev")

    def name_of(requirement: str) -> str:
        return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower())  # type: ignore[index]

    assert {name_of(one) for one in project["dependencies"]} <= set(base)
    assert {name_of(one) for one in project["optional-dependencies"]["dev"]} <= set(dev)
    assert {name: version for name, version in dev.items() if name in base} == base


_READ = re.compile(r"\b(?:Env\(\)|env|environ|environment|given)\.\w+\(\s*\"([A-Z_]+)\"|\$\{([A-Z_]+)")
_NO_SETTINGS = {"SUDO_USER", "DJANGO_SETTINGS_MODULE"}


def settings_read() -> set[str]:
    """Every name that product, deployment and commands read from the environment."""
    folders = ("shuangjian", "schools", "tutoring", "inspections", "script", "deploy")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    text = "\n".join(file.read_text("utf-8") for file in [*files, ROOT / "deploy" / "Procfile"])
    return {name for found in _READ.findall(text) for name in found if name} - _NO_SETTINGS


def test_the_example_lists_every_setting_and_no_other() -> None:
    example = (ROOT / "deploy" / ".env.example").read_text("utf-8")
    listed = re.findall(r"^#?([A-Z][A-Z_]+)=", example, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert settings_read() - set(listed) == set(), "not listed"
    assert set(listed) - settings_read() == set(), "read nowhere"


def test_every_block_of_settings_has_its_words() -> None:
    blocks = re.split(r"\n\s*\n", (ROOT / "deploy" / ".env.example").read_text("utf-8"))
    assert [block for block in blocks if block.startswith("#") and not block.startswith("# ")] == []


def production(**more: str) -> dict[str, str]:
    """An environment as operations write it: behind https, nothing invented."""
    return {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "DJANGO_SETTINGS_MODULE": "shuangjian.settings",
        "ENV_FILE": os.devnull,
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "SECRET_KEY": "only-for-tests-but-long-enough-to-be-taken-for-a-real-one-0123456789",
        "HTTPS": "true",
        "ALLOWED_HOSTS": "shuangjian.example.gov.cn",
        **more,
    }


def manage(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=production(**more), capture_output=True, text=True, check=False
    )


def test_production_settings_pass_every_check_of_a_deployment() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    silenced = "import django; from django.conf import settings; print(settings.SILENCED_SYSTEM_CHECKS)"
    assert manage("shell", "--no-imports", "-c", silenced).stdout.strip() == "['security.W021']"


def test_without_https_the_same_checks_say_so() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", HTTPS="false")
    assert done.returncode == 1
    assert "security.W012" in done.stderr, "the session cookie would be sent in the clear"


def test_continuous_integration_runs_the_tests_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ['exec "$(dirname -- "${BASH_SOURCE[0]}")/../script/test"']
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
