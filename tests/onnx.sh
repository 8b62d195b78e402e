#!/usr/bin/env bash
# Exports every network as an ONNX file. The checker of ONNX examines it, ONNX Runtime runs it with and without its optimisations, and the
# logits are compared with PyTorch's. Then the tests of the device cpu:onnxruntime run with the same installation. Needs a network on first
# use, to install 150 MB outside the checkout.
# Usage: tests/onnx.sh [--networks NAME,...]
set -euo pipefail
cd "$(dirname "$0")/.."
packages="${ONNX_PACKAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper/onnx}"
wanted=tests/onnx/requirements.txt
if ! cmp --quiet "$wanted" "$packages/requirements.txt"; then
    if [ -e "$packages" ] && [ ! -e "$packages/pyvenv.cfg" ]; then
        echo "error: $packages is not a virtual environment of this script" >&2
        exit 1
    fi
    echo "installing ONNX and ONNX Runtime into $packages" >&2
    python3 -m venv --clear "$packages"
    if ! "$packages/bin/pip" install --quiet --no-cache-dir --no-deps --requirement "$wanted"; then
        echo "error: nothing was tested, since $wanted cannot be installed; this needs a network" >&2
        exit 1
    fi
    # Last, so that a failed installation is repeated.
    cp "$wanted" "$packages/requirements.txt"
fi
export PATH="$packages/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
cargo build --quiet --workspace --bin measure
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
python tests/onnx/agree.py --measure "$target/debug/measure" "$@"
cargo test --quiet --workspace --test onnxruntime
