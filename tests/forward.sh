#!/usr/bin/env bash
# Times forward passes on the processor against burn's own operators, PyTorch and ONNX Runtime, alternating in one run.
# docs/speed.md explains what is compared and how to read it. Installs the peers, about 1.6 GB, on first use.
# Usage: tests/forward.sh --help
set -euo pipefail
cd "$(dirname "$0")/.."
for argument; do
    case "$argument" in -h | --help) exec python3 tests/forward/bench.py --help ;; esac
done
# Before the build, which would raise the load.
read -r load _ </proc/loadavg
cargo build --quiet --workspace --bin measure --bin networks
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

peers="${FORWARD_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper/forward}"
wanted=tests/forward/requirements.txt
if ! cmp --quiet "$wanted" "$peers/requirements.txt"; then
    if [ -e "$peers" ] && [ ! -e "$peers/pyvenv.cfg" ]; then
        echo "error: $peers is not a virtual environment of this script" >&2
        exit 1
    fi
    echo "installing the peers into $peers" >&2
    python3 -m venv --clear "$peers"
    "$peers/bin/pip" install --quiet --no-cache-dir --no-deps --requirement "$wanted"
    libraries=$("$peers/bin/python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
    tests/forward/stand-ins.sh "$libraries"
    # Last, so that a failed installation is repeated.
    cp "$wanted" "$peers/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/forward/bench.py --measure "$target/debug/measure" --definitions "$target/debug/networks" \
    --python "$peers/bin/python" --load "$load" "$@"
