#!/usr/bin/env bash
# PyTorch 2.15.0: FlopCounterMode counts no attention of `nn.MultiheadAttention` in evaluation without gradients.
#
# There, attention is one fused operator, for which the counter has no formula, and it gives no warning. Of ViT-B/16 of torchvision it counts
# 11.27 billion multiply-accumulates for one picture instead of 17.56 billion, which torchvision publishes. With gradients, in training, or after
# `torch.backends.mha.set_fastpath_enabled(False)` it counts all of them.
# Guessed before: the count of a forward pass does not depend on gradients. Exits non-zero once it does not.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# Without the libraries for graphics processors, which have gigabytes; their names are enough for the import.
"$work/venv/bin/pip" install --quiet --no-deps torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==13.0.0 sympy==1.14.0 mpmath==1.4.1 \
    networkx==3.6.1 jinja2==3.1.6 markupsafe==3.0.4 filelock==4.3.1 fsspec==2026.9.0 typing-extensions==4.16.0 \
    nvidia-cuda-cupti==13.2.86 nvidia-cuda-runtime==13.2.86
libraries=$("$work/venv/bin/python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
"$(dirname "$0")/../tests/forward/stand-ins.sh" "$libraries"
"$work/venv/bin/python" - <<'PYTHON'
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

model = torchvision.models.vit_b_16().eval()
picture = torch.zeros(1, 3, 224, 224)


def billions():
    with FlopCounterMode(display=False) as counter:
        model(picture)
    return round(counter.get_total_flops() / 2e9, 2)


print("PyTorch", torch.__version__, "torchvision", torchvision.__version__)
with_gradients = billions()
with torch.no_grad():
    without = billions()
    torch.backends.mha.set_fastpath_enabled(False)
    without_fast_path = billions()
published = torchvision.models.ViT_B_16_Weights.IMAGENET1K_V1.meta["_ops"]
print("ViT-B/16, billions of multiply-accumulates in evaluation; torchvision publishes", published)
print("with gradients:                      ", with_gradients)
print("without gradients:                   ", without)
print("without gradients and fused attention:", without_fast_path)
assert with_gradients == without_fast_path == round(published, 2)
assert without == 11.27, "changed: without gradients it counts another number"
PYTHON
