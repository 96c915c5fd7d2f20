"""The settings that the portal's processes get: what is set wins over .env, that over what is made here."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from script.lib.console import Stop
from script.lib.places import Places
from script.lib.processes import MARK

# What the commands themselves must know, so that they read its file too (NAME_FILE) and not only the portal.
_USED_HERE = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "AUDIT_SALT", "DEMO_MODE")
_TRUE = ("1", "true", "on", "ok", "y", "yes")  # the words that django-environ takes for yes


def read_env(file: Path) -> dict[str, str]:
    """KEY=value lines of an environment file; quotes around a value and comment lines are no part of it."""
    found: dict[str, str] = {}
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, equals, value = line.strip().removeprefix("export ").partition("=")
            if equals and not name.startswith("#"):
                value = value.strip()
                quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
                found[name.strip()] = value[1:-1] if quoted else value.partition(" #")[0].rstrip()
    return found


def given(root: Path) -> dict[str, str]:
    """What whoever runs the command has set, in the environment or in .env (ENV_FILE names another)."""
    found = {**read_env(Path(os.environ.get("ENV_FILE") or root / ".env")), **os.environ}
    for name in _USED_HERE:
        file = found.pop(f"{name}_FILE", "")
        if file:
            try:
                found[name] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise Stop(f"读不了设置{name}_FILE指的文件{file}") from None
    return found


def is_on(settings: Mapping[str, str], name: str) -> bool:
    return settings.get(name, "").strip().lower() in _TRUE


def own_secrets(file: Path) -> dict[str, str]:
    """The installation's own secrets: made once, readable by its user alone."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_private(file, {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "AUDIT_SALT")})
    return read_env(file)


def show(file: Path, settings: Mapping[str, str], *, example: Path) -> None:
    """Write down what a running portal's processes were given: ENV_FILE=file lets manage.py work on it.

    ``example`` lists the names of all settings; the rest of the environment is nobody's business.
    """
    names = re.findall(r"^#?([A-Z_]+)=", example.read_text(encoding="utf-8"), re.MULTILINE)
    _write_private(file, {name: settings[name] for name in names if name in settings and name != "ENV_FILE"})


def _write_private(file: Path, settings: Mapping[str, str]) -> None:
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    private = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "w", encoding="utf-8") as out:
        out.writelines(f"{name}={value}\n" for name, value in settings.items())
    part.rename(file)


def for_processes(
    places: Places, given: Mapping[str, str], *, settings: str = "shuangjian.settings", **defaults: str
) -> dict[str, str]:
    """The whole environment of a process of the portal."""
    return {
        **defaults,
        **own_secrets(places.var / "secret.env"),
        **{name: value for name, value in given.items() if value},  # an empty line in .env says nothing
        "VAR_DIR": str(places.var),
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PATH": f"{places.python.parent}{os.pathsep}{given.get('PATH', os.defpath)}",
        MARK: str(places.runtime),
    }
