#!/usr/bin/env bash
# Classifies 2,000 generated JPEG files with `measure accuracy` and with torchvision, and compares the predictions. Installs torchvision,
# about 1 GB, on first use.
# Usage: tests/accuracy.sh [--exact] [--pictures N]
#   --exact   decode with libjpeg-turbo, as torchvision does; building it needs cmake, nasm and a C compiler
set -euo pipefail
cd "$(dirname "$0")/.."
features=()
for argument; do
    case "$argument" in
        --exact) features=(--features measure/libjpeg) ;;
        -h | --help) sed -n '2,/^set/s/^# \?//p' "$0" && exit ;;
    esac
done
cargo build --quiet --workspace --bin measure "${features[@]}"
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

python="${ACCURACY_PYTHON:-}"
if [ -z "$python" ]; then
    peers="${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper/accuracy"
    wanted=tests/accuracy/requirements.txt
    if ! cmp --quiet "$wanted" "$peers/requirements.txt"; then
        if [ -e "$peers" ] && [ ! -e "$peers/pyvenv.cfg" ]; then
            echo "error: $peers is not a virtual environment of this script" >&2
            exit 1
        fi
        echo "installing torchvision into $peers" >&2
        python3 -m venv --clear "$peers"
        if ! "$peers/bin/pip" install --quiet --no-cache-dir --no-deps --requirement "$wanted"; then
            echo "error: torchvision cannot be installed, so nothing was compared" >&2
            echo "hint: connect to the network, or name a Python that has it in ACCURACY_PYTHON" >&2
            exit 1
        fi
        libraries=$("$peers/bin/python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
        tests/forward/stand-ins.sh "$libraries"
        # Last, so that a failed installation is repeated.
        cp "$wanted" "$peers/requirements.txt"
    fi
    python="$peers/bin/python"
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$python" tests/accuracy/agree.py --measure "$target/debug/measure" "$@"
