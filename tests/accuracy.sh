#!/usr/bin/env bash
# Classifies 2,000 generated JPEG files with `measure accuracy` and with torchvision, and compares the predictions. Installs torchvision,
# about 1.8 GB, on first use.
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
python=$(tests/accuracy/python.sh)
cargo build --quiet --workspace --bin measure "${features[@]}"
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

export PYTHONDONTWRITEBYTECODE=1
exec "$python" tests/accuracy/agree.py --measure "$target/debug/measure" "$@"
