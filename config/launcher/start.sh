# Sourced by the scripts in bin/: finds a Python that can make an environment and hands over to bootstrap.py.
# Usage: . start.sh; start COMMAND ARGUMENTS...

start() {
    why="Mashpech needs Python 3.11, 3.12 or 3.13 on the PATH, and found none."
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || continue
        if "$name" -c 'import ensurepip, venv' 2>/dev/null || [ -e .venv/bin/python ]; then
            exec "$name" -P config/launcher/bootstrap.py "$@"
        fi
        why="$(command -v "$name") has no ensurepip, so it cannot make an environment.
On Debian and Ubuntu this mends it: apt install python3-venv"
    done
    echo "$why" >&2
    exit 1
}
