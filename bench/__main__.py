"""python -m bench NAME [--json] [--quick]: measurements as ratios within one run, on own engines.

Each measurement is a module of this package with ``measure(quick=…) -> dict[str, float]``; it runs in the
project's own Python on a freshly migrated database with the policy and the demo county.
"""

from __future__ import annotations

import argparse
import os
import subprocess

from script.lib import engines
from script.lib.console import command, say
from script.lib.places import ROOT, Places

NAMES = ("pages", "scale", "documents", "imports")
_MEASURE = "import sys; from bench.measuring import report; report(*sys.argv[1:])"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object and nothing else")
    parser.add_argument(
        "--quick", action="store_true", help="show that every part runs: the figures mean nothing"
    )
    options = parser.parse_args(argv)
    places = Places(root=ROOT, var=ROOT / "var" / "bench")
    out = os.dup(1)
    if options.json:
        os.dup2(2, 1)  # what set-up says goes beside the result, not into it
    with engines.throwaway(places) as settings:
        settings = settings | {"LOG_LEVEL": "WARNING"}
        flags = [f"--{flag}" for flag in ("json", "quick") if getattr(options, flag)]
        words = [options.name, *flags]
        if not options.json:
            say(f"→ {options.name}")
        done = subprocess.run(
            [places.python, "-c", _MEASURE, *words], cwd=ROOT, env=settings, stdout=out, check=False
        )
    return done.returncode


if __name__ == "__main__":
    command(main)
