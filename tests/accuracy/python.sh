#!/usr/bin/env bash
# Prints the path of a Python that has what requirements.txt in this folder lists. Installs it, about 1.8 GB, on first use.
# ACCURACY_PYTHON names an interpreter that has it already.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -n "${ACCURACY_PYTHON:-}" ]; then
    echo "$ACCURACY_PYTHON"
    exit
fi
peers="${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper/accuracy"
wanted=tests/accuracy/requirements.txt
if ! cmp --quiet "$wanted" "$peers/requirements.txt"; then
    if [ -e "$peers" ] && [ ! -e "$peers/pyvenv.cfg" ]; then
        echo "error: $peers is not a virtual environment of this script" >&2
        exit 1
    fi
    echo "installing torchvision into $peers" >&2
    python3 -m venv --clear "$peers"
    if ! "$peers/bin/pip" install --quiet --no-cache-dir --no-deps --requirement "$wanted" >&2; then
        echo "error: $wanted cannot be installed, so nothing was compared" >&2
        echo "hint: connect to the network, or name a Python that has it in ACCURACY_PYTHON" >&2
        exit 1
    fi
    libraries=$("$peers/bin/python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
    tests/forward/stand-ins.sh "$libraries" >&2
    # Last, so that a failed installation is repeated.
    cp "$wanted" "$peers/requirements.txt"
fi
echo "$peers/bin/python"
