#!/usr/bin/env bash
# Classifies 2,000 generated JPEG files with `measure accuracy` and with torchvision, and compares the predictions. Installs torchvision,
# about 1.8 GB, on first use.
# Usage: tests/accuracy.sh [--exact] [--pictures N]
#   --exact   decode with libjpeg-turbo, as torchvision does; building it needs cmake, nasm and a C compiler
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/accuracy/prepare.sh
exec "$python" tests/accuracy/agree.py --measure "$measure" "$@"
