"""Compares the predictions of `measure accuracy` with those of torchvision on generated pictures, and with those of wrong preprocessing.

The network is ResNet-18 with random weights. Its norms are calibrated on some pictures and its last layer is centred, so that the classes
are many and close to each other: a small change of the input changes far more of them than with trained weights.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
from PIL import Image, ImageFile
from safetensors.torch import save_file
from torchvision import transforms
from torchvision.transforms import InterpolationMode, functional

PREPROCESSING = "torchvision/resnet18/IMAGENET1K_V1"
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The least share of equal classes with the decoder of torchvision, and with the one in pure Rust, whose pixels differ a little.
EXACT, PURE = 0.999, 0.75
# Pictures that are also classified with wrong preprocessing, and the least share of classes that each must change.
WRONG, LEAST = 300, 0.04


# Pillow cannot write larger progressive files into its usual buffer.
ImageFile.MAXBLOCK = 1 << 20


def scene(random):
    """Smooth colours with edges, lines and noise, of various sizes and shapes."""
    width, height = random.randint(240, 420, 2)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    out = np.zeros((height, width, 3))
    for channel in range(3):
        for _ in range(5):
            a, b, c = random.uniform(-12, 12, 3)
            out[..., channel] += random.uniform(10, 40) * np.sin(a * x + b * y + c)
    for _ in range(random.randint(2, 9)):
        cx, cy, r = random.uniform(0, 1, 3) * [1, 1, 0.3]
        out[(x - cx) ** 2 + (y - cy) ** 2 < r * r] += random.uniform(-90, 90, 3)
    for _ in range(random.randint(1, 5)):
        a, b, c, period = random.uniform(-1, 1, 4)
        out[(np.sin((a * x + b * y) * 300 * period) > 0) & (a * x + b * y > c / 2)] += random.uniform(-60, 60, 3)
    out += random.normal(0, random.uniform(0, 12), out.shape)
    return Image.fromarray((128 + out).clip(0, 255).astype(np.uint8))


def generate(folder, count):
    random = np.random.RandomState(2012)
    for number in range(count):
        picture = scene(random)
        if number % 50 == 49:
            picture = picture.convert("L")
        options = {"quality": int(random.randint(75, 97)), "progressive": number % 10 == 3}
        if picture.mode == "RGB":
            options["subsampling"] = [2, 2, 1, 0][number % 4]
        picture.save(folder / f"{number:05}.jpg", **options)


def pipeline(size=256, crop=224, interpolation=InterpolationMode.BILINEAR, normalise=(MEAN, DEVIATION), aside=0, swap=False, antialias=True):
    """torchvision's preprocessing, right or wrong."""

    def apply(path):
        picture = Image.open(path).convert("RGB")
        if antialias:
            picture = functional.resize(picture, size, interpolation)
        else:
            tensor = functional.resize(functional.pil_to_tensor(picture), size, interpolation, antialias=False)
            picture = functional.to_pil_image(tensor)
        width, height = picture.size
        top, left = round((height - crop) / 2), round((width - crop) / 2) + aside
        tensor = functional.to_tensor(functional.crop(picture, top, left, crop, crop))
        tensor = tensor.flip(0) if swap else tensor
        return transforms.Normalize(*normalise)(tensor) if normalise else tensor

    return apply


WRONG_CHOICES = {
    "bicubic for bilinear": pipeline(interpolation=InterpolationMode.BICUBIC),
    "without antialiasing": pipeline(antialias=False),
    "shorter side of 232": pipeline(size=232),
    "crop one pixel to the side": pipeline(aside=1),
    "blue for red": pipeline(swap=True),
    "mean and deviation of 0.5": pipeline(normalise=((0.5,) * 3, (0.5,) * 3)),
    "no mean and deviation": pipeline(normalise=None),
}


def batches(paths, apply, size=20):
    for first in range(0, len(paths), size):
        yield torch.stack([apply(path) for path in paths[first : first + size]])


def network(paths, apply):
    torch.manual_seed(2015)
    model = torchvision.models.resnet18(weights=None)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        # A plain average over the calibration.
        norm.reset_running_stats()
        norm.momentum = None
    classify, model.fc = model.fc, torch.nn.Identity()
    model.train()
    for inputs in batches(paths[:200], apply):
        model(inputs)
    model.eval()
    features = torch.cat([model(inputs) for inputs in batches(paths[:200], apply)])
    torch.nn.init.normal_(classify.weight, std=0.1)
    centred = classify.weight / features.std(0).clamp_min(1e-3)
    classify.weight.copy_(centred)
    classify.bias.copy_(-(centred @ features.mean(0)))
    model.fc = classify
    return model.eval()


def classes(model, paths, apply):
    return np.concatenate([model(inputs).argmax(1).numpy() for inputs in batches(paths, apply)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", required=True, help="the program")
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--exact", action="store_true", help="the program decodes with libjpeg-turbo")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "val").mkdir()
        generate(folder / "val", arguments.pictures)
        paths = sorted((folder / "val").iterdir())
        right = pipeline()
        model = network(paths, right)
        save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / "weights.safetensors")
        expected = classes(model, paths, right)
        counts = collections.Counter(expected.tolist())
        print(f"{len(counts)} classes, the most frequent one of {max(counts.values())} of {len(paths)} pictures")
        if max(counts.values()) > len(paths) / 10:
            sys.exit("error: the classes do not depend on the pictures enough")
        (folder / "labels.csv").write_text("".join(f"{path.name},{label}\n" for path, label in zip(paths, expected)))
        (folder / "images.toml").write_text('name = "generated"\nfolder = "val"\nlabels = "labels.csv"\n')
        command = [arguments.measure, "accuracy", "--network", "resnet-18", "--weights", folder / "weights.safetensors"]
        command += ["--preprocessing", PREPROCESSING, "--images", folder / "images.toml", "--output", folder / "output"]
        subprocess.run([*command, "--device", arguments.device], check=True)
        summary = json.loads((folder / "output/accuracy.json").read_text())
        with open(folder / "output/predictions.csv", newline="") as table:
            found = np.array([int(row["class_1"]) for row in csv.DictReader(table)])
        agreement = (found == expected).mean()
        assert summary["top_1"]["correct"] == (found == expected).sum() and len(found) == len(paths)
        print(f"{summary['decoder']['name']}: {100 * agreement:.2f} % of {len(paths)} classes are those of torchvision")
        if arguments.exact != ("libjpeg" in summary["decoder"]["name"]):
            sys.exit("error: the program has the other decoder")
        if agreement < (EXACT if arguments.exact else PURE):
            sys.exit("error: too few")
        for name, wrong in WRONG_CHOICES.items():
            share = (found[:WRONG] == classes(model, paths[:WRONG], wrong)).mean()
            print(f"{100 * share:6.2f} %  {name}")
            if share > agreement - LEAST:
                sys.exit(f"error: {name} is not visible")


main()
