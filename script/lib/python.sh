# Sourced by the commands: goes to the checkout's root and finds a Python that can run them.
set -eu
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
PYTHON=
for candidate in python3.11 python3 python3.12 python3.13; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    PYTHON=$candidate
    break
  fi
done
if [ -z "$PYTHON" ]; then
  echo "缺少Python 3.11或更高版本。Debian 12请先运行：apt-get install python3 python3-venv" >&2
  exit 1
fi
