"""Makes the pictures of this folder and, with Pillow and torchvision, what they must become: expected.json.

Usage: python3 make.py, with pillow 13.0.0, numpy, torch 2.15.0 and torchvision 0.29.2.
"""

import hashlib
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageFile
from torchvision import models, transforms
from torchvision.transforms import InterpolationMode

HERE = pathlib.Path(__file__).parent
FILTERS = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALVES = ([0.5] * 3, [0.5] * 3)


def sha(data):
    return hashlib.sha256(data).hexdigest()


def pattern(width, height):
    """The picture by formula of tests/pillow.rs."""
    y, x = np.mgrid[0:height, 0:width].astype(np.uint32)
    channels = [37 * x + 91 * y, x * x // 7 + 13 * y, (x * y) // 5 + 200 * ((x // 16 + y // 16) % 2)]
    return np.stack([channel % 256 for channel in channels], axis=-1).astype(np.uint8)


def scene(width, height, seed):
    """Smooth colours with edges and some noise, which compress like a photograph."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    out = np.zeros((height, width, 3))
    for channel in range(3):
        for _ in range(4):
            a, b, c = random.uniform(-9, 9, 3)
            out[..., channel] += random.uniform(10, 40) * np.sin(a * x + b * y + c)
    for _ in range(4):
        cx, cy, r = random.uniform(0, 1, 3) * [1, 0.8, 0.3]
        out[(x - cx) ** 2 + (y - cy) ** 2 < r * r] += random.uniform(-90, 90, 3)
    return (128 + out + random.normal(0, 2, out.shape)).clip(0, 255).astype(np.uint8)


def resampled():
    """Digests of Pillow's resized pictures."""
    rows = []
    for width, height in [(500, 375), (333, 500), (1024, 683), (640, 480), (256, 256), (97, 131), (12, 700), (2000, 301)]:
        picture = Image.fromarray(pattern(width, height))
        for name, sizes in {"bilinear": (224, 256, 232, 342), "bicubic": (256, 341, 236, 288)}.items():
            for size in sizes:
                resized = transforms.Resize(size, FILTERS[name])(picture)
                rows.append([width, height, name, size, *resized.size, sha(resized.tobytes())])
    return rows


def chain(picture, resize, crop, name, numbers):
    steps = [transforms.Resize(resize, FILTERS[name]), transforms.CenterCrop(crop), transforms.ToTensor()]
    tensor = transforms.Compose([*steps, transforms.Normalize(*numbers)])(picture)
    return sha(tensor.numpy().astype("<f4").tobytes())


def png(width, height, depth, colour, rows, interlaced=False):
    """A PNG file of a kind that Pillow does not write: bits of a sample, type of colour, bytes of the rows."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


def interlaced(pixels):
    """The rows of the seven passes of an interlaced file (ISO/IEC 15948, 8.2), of an array with a pixel's bytes in its last dimension."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    return [row.tobytes() for y, x, down, right in passes for row in pixels[y::down, x::right] if row.size]


def pngs():
    files = {
        "rgb.png": Image.fromarray(scene(60, 45, 1)),
        "tall.png": Image.fromarray(scene(31, 57, 2)),
        "grey.png": Image.fromarray(scene(45, 60, 3)).convert("L"),
        "grey-alpha.png": Image.fromarray(scene(40, 40, 4)).convert("LA"),
        "palette.png": Image.fromarray(scene(50, 40, 5)).quantize(17),
        "bits.png": Image.fromarray(scene(50, 40, 6)).convert("1"),
    }
    alpha = Image.fromarray(scene(44, 33, 7))
    alpha.putalpha(Image.fromarray(scene(44, 33, 8)).convert("L"))
    files["rgba.png"] = alpha
    for name, picture in files.items():
        picture.save(HERE / name)
    palette = files["palette.png"]
    palette.save(HERE / "palette-alpha.png", transparency=3)
    files["palette-alpha.png"] = None
    deep = scene(30, 26, 9).astype(">u2") * 257 + np.arange(90, dtype=">u2").reshape(30, 3)
    (HERE / "deep.png").write_bytes(png(30, 26, 16, 2, [row.astype(">u2").tobytes() for row in deep]))
    levels = np.arange(40 * 33, dtype=np.uint32).reshape(33, 40) ** 2 // 9
    (HERE / "levels.png").write_bytes(png(80, 33, 4, 0, [row.astype(np.uint8).tobytes() for row in levels]))
    # Pillow clips it, which makes nearly all of it white.
    (HERE / "deep-grey.png").write_bytes(png(30, 26, 16, 0, [row.astype(">u2").tobytes() for row in deep[..., 0]]))
    assert (np.asarray(Image.open(HERE / "deep-grey.png").convert("RGB")) == np.minimum(deep[..., :1], 255)).all()
    grey = np.stack([deep[..., 0], deep[..., 1]], axis=-1)
    (HERE / "deep-grey-alpha.png").write_bytes(png(30, 26, 16, 4, [row.astype(">u2").tobytes() for row in grey]))
    made = {"interlaced.png": (scene(43, 37, 10), 2), "interlaced-alpha.png": (np.asarray(alpha), 6), "interlaced-narrow.png": (scene(3, 50, 11), 2)}
    for name, (pixels, colour) in made.items():
        height, width = pixels.shape[:2]
        (HERE / name).write_bytes(png(width, height, 8, colour, interlaced(pixels), True))
    files |= dict.fromkeys(["deep.png", "levels.png", "deep-grey-alpha.png", *made])
    # A palette with transparency is RGB without alpha in the end, as ImageFolder's loader converts it.
    expected = {}
    for name in files:
        picture = Image.open(HERE / name).convert("RGB")
        protocols = [
            (256, 224, "bilinear", IMAGENET), (232, 224, "bilinear", IMAGENET), (342, 299, "bilinear", HALVES),
            (341, 299, "bicubic", HALVES), (256, 224, "bicubic", IMAGENET), (236, 224, "bilinear", IMAGENET),
            (256, 227, "bilinear", IMAGENET),
        ]
        tensors = [[r, c, f, n[0][0] == 0.5, chain(picture, r, c, f, n)] for r, c, f, n in protocols]
        expected[name] = {"pixels": sha(picture.tobytes()), "tensors": tensors}
    return expected


def inks():
    """Files of four components that Pillow does not write. Adobe's marker (APP14) ends with the transformation: 0 is CMYK, 2 is YCCK."""
    colours = Image.fromarray(scene(75, 61, 34)).convert("YCbCr")
    black = Image.fromarray(scene(75, 61, 35)).convert("L").point(lambda level: 128 + level // 2)
    # Pillow stores the inverse.
    components = [band.point(lambda level: 255 - level) for band in [*colours.split(), black]]
    for name, subsampling in {"ycck.jpg": 0, "ycck-420.jpg": 2}.items():
        file = io.BytesIO()
        Image.merge("CMYK", components).save(file, "JPEG", quality=90, subsampling=subsampling)
        data = bytearray(file.getvalue())
        transformation = data.index(b"Adobe") + 11
        assert data[transformation] == 0
        data[transformation] = 2
        (HERE / name).write_bytes(data)
    data = (HERE / "cmyk.jpg").read_bytes()
    marker = data.index(b"\xff\xee")
    (HERE / "cmyk-unmarked.jpg").write_bytes(data[:marker] + data[marker + 16 :])


def jpegs():
    rows = {
        "444.jpg": {"subsampling": 0, "quality": 92}, "422.jpg": {"subsampling": 1, "quality": 85},
        "420.jpg": {"subsampling": 2, "quality": 80}, "progressive.jpg": {"subsampling": 2, "progressive": True},
        "restarts.jpg": {"subsampling": 2, "restart_marker_blocks": 2}, "optimised.jpg": {"quality": 96, "optimize": True},
    }
    for number, (name, options) in enumerate(rows.items()):
        Image.fromarray(scene(75, 61, 20 + number)).save(HERE / name, **options)
    Image.fromarray(scene(75, 61, 30)).convert("L").save(HERE / "grey.jpg", quality=85)
    Image.fromarray(scene(75, 61, 31)).convert("CMYK").save(HERE / "cmyk.jpg", quality=90)
    inks()
    Image.fromarray(scene(75, 61, 33)).save(HERE / "rgb.jpg", quality=90, keep_rgb=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene(75, 61, 32)).save(HERE / "turned.jpg", quality=90, exif=exif)
    names = [*rows, "grey.jpg", "cmyk.jpg", "turned.jpg", "rgb.jpg", "ycck.jpg", "ycck-420.jpg", "cmyk-unmarked.jpg"]
    for name in names:
        Image.open(HERE / name).convert("RGB").save(HERE / name.replace(".jpg", ".jpg.png"), optimize=True)
    return names


def accepts(data):
    try:
        Image.open(io.BytesIO(data)).convert("RGB")
        return True
    except (OSError, SyntaxError):
        return False


def damage():
    """What Pillow accepts of changed files: cut, with an inverted bit, and with bytes between segments."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    rows = []
    for name in ["420.jpg", "progressive.jpg", "restarts.jpg"]:
        data = (HERE / name).read_bytes()
        for length in sorted({len(data) * part // 20 for part in range(1, 20)} | {len(data) - k for k in range(1, 4)}):
            rows.append([name, "cut", length, accepts(data[:length])])
        scan = data.index(b"\xff\xda")
        for position in range(scan + 20, len(data) - 2, max(1, (len(data) - scan) // 40)):
            changed = bytearray(data)
            changed[position] ^= 0x10
            rows.append([name, "flip", position, accepts(bytes(changed))])
        table = data.index(b"\xff\xdb")
        rows.append([name, "insert", table, accepts(data[:table] + bytes([1, 2, 3, 4, 5, 6, 7]) + data[table:])])
    return rows


def presets():
    """The preprocessing of the published weight sets, and their accuracy."""
    names = "alexnet convnext_tiny densenet121 efficientnet_b0 googlenet inception_v3 mobilenet_v2 mobilenet_v3_large regnet_y_400mf"
    names += " resnet18 resnet34 resnet50 resnet101 resnet152 squeezenet1_1 vgg16 vgg19 vit_b_16"
    rows = {}
    for name in names.split():
        for weights in models.get_model_weights(name):
            preset = weights.transforms()
            if preset.std[0] < 0.01:
                continue  # Features of VGG-16, which classify nothing.
            rows[f"torchvision/{name}/{weights.name}"] = {
                "resize": preset.resize_size[0], "crop": preset.crop_size[0], "filter": preset.interpolation.value,
                "mean": preset.mean, "deviation": preset.std, "file": weights.url.rsplit("/", 1)[1],
                "top1": weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
                "top5": weights.meta["_metrics"]["ImageNet-1K"]["acc@5"],
            }
    return rows


torch.set_num_threads(1)
made_with = {"pillow": PIL.__version__, "torch": torch.__version__, "torchvision": torchvision.__version__}
parts = {"made_with": made_with, "resampled": resampled(), "png": pngs(), "jpeg": jpegs(), "damage": damage()}
# Rows on one line.
text = json.dumps(parts, separators=(",", ":")).replace("],[", "],\n[").replace('},"', '},\n"')
(HERE / "expected.json").write_text(text + "\n")
(HERE / "presets.json").write_text(json.dumps(presets(), separators=(",", ":")).replace('},"', '},\n"') + "\n")
