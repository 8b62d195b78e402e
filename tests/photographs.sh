#!/usr/bin/env bash
# Classifies photographs that packages of PyPI contain, by EfficientNet-Lite0 with its published weights: with `measure accuracy`, and with
# PyTorch and Pillow. The five best classes must be the same, in the same order. By default close classes of a JPEG file may change places,
# since its pixels differ a little from Pillow's. Needs a network on first use, to install 1.8 GB outside the checkout.
# Usage: tests/photographs.sh [--exact]
#   --exact   decode with libjpeg-turbo, as Pillow does; building it needs cmake, nasm and a C compiler
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/accuracy/prepare.sh
exec "$python" tests/photographs/agree.py --measure "$measure" "$@"
