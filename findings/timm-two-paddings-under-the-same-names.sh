#!/usr/bin/env bash
# timm 1.0.31: `efficientnet_lite0` and `tf_efficientnet_lite0` have the same tensors, so weights of one load strictly into the other, but they
# compute different logits.
#
# Layers of stride 2 of the second pad as TensorFlow does, with zeros below and to the right only; those of the first pad with zeros on all sides,
# as torchvision's do. The padding has no tensor, so no error or warning shows that a file belongs to the other one. Zeros shift the
# grid by a pixel: with equal weights, the logits below differ by more than a fourth of their standard deviation.
# Guessed before: a strict load of all tensors gives the network that the weights were trained for. Exits non-zero once it fails or agrees.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# Without the libraries for graphics processors, which have gigabytes; their names are enough for the import.
"$work/venv/bin/pip" install --quiet --no-deps --requirement "$(dirname "$0")/../tests/checkpoints/requirements.txt"
libraries=$("$work/venv/bin/python" -c 'import importlib.util as i; print(i.find_spec("torch").submodule_search_locations[0])')/lib
"$(dirname "$0")/../tests/forward/stand-ins.sh" "$libraries"
"$work/venv/bin/python" - <<'PYTHON'
import timm
import torch

print("timm", timm.__version__)
torch.manual_seed(1)
first, second = (timm.create_model(name, pretrained=False).eval() for name in ("efficientnet_lite0", "tf_efficientnet_lite0"))
# Running statistics of a few pictures, so that random weights give logits of a usual size.
pictures = torch.nn.functional.interpolate(torch.randn(8, 3, 28, 28), size=(224, 224), mode="bicubic")
for norm in (module for module in second.modules() if isinstance(module, torch.nn.BatchNorm2d)):
    norm.momentum = None
second.train()
with torch.no_grad():
    second(pictures)
second.eval()
print("strict load:", first.load_state_dict(second.state_dict(), strict=True))
with torch.no_grad():
    a, b = first(pictures), second(pictures)
print("paddings of the first layer:", first.conv_stem.padding, second.conv_stem.padding, type(second.conv_stem).__name__)
relative = float((a - b).std() / b.std())
print(f"standard deviation of the difference, relative to that of the logits: {relative:.2f}")
assert relative > 0.25, "changed: they agree"
PYTHON
