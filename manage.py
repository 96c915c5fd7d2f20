#!/usr/bin/env python
"""Django's command line for the portal."""

import gc
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuangjian.settings")
    from django.core.management import execute_from_command_line

    gc.set_threshold(50_000, 20, 50)  # commands make much and end soon: a tenth of their time was collecting
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
