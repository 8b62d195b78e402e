"""Small checkpoints as PyTorch and safetensors write them, and the values of their tensors as PyTorch has them.

    make.py FOLDER

Every file has the same tensors. In legacy files PyTorch names storages by their address, so these differ in each run. Made with torch 2.15.0 and safetensors 0.8.0."""

import argparse
import collections
import io
import json
import pathlib
import sys
import zipfile

import safetensors.torch
import torch

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
base = torch.randn(4, 3, 2, 5)
line = torch.arange(24, dtype=torch.float32) / 8
tensors = collections.OrderedDict(
    {
        "conv.weight": base,
        "conv.channels_last": base.to(memory_format=torch.channels_last),
        "transposed": torch.randn(3, 5).t(),
        "permuted": base.permute(2, 0, 3, 1),
        "stepped": line[3::4],
        "first_half": line[:12].reshape(3, 4),
        "second_half": line[12:].reshape(3, 4),
        "expanded": torch.tensor([[0.5], [-2.0]]).expand(2, 3),
        "scalar": torch.tensor(7.25),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(torch.randn(6)),
        "half": torch.randn(9).half(),
        "bfloat": torch.randn(9).bfloat16(),
        "double": torch.randn(9).double(),
        "bn.num_batches_tracked": torch.tensor(3),
    }
)
# As `Module.state_dict()` has it.
tensors._metadata = collections.OrderedDict({"": {"version": 1}})

expected = {
    name: {"shape": list(tensor.shape), "values": tensor.detach().float().flatten().tolist()}
    for name, tensor in tensors.items()
    if tensor.is_floating_point()
}
(folder / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")

torch.save(tensors, folder / "zip.pth")
torch.save(tensors, folder / "legacy.pth", _use_new_zipfile_serialization=False)
for protocol in 4, 5:
    torch.save(tensors, folder / f"legacy-{protocol}.pth", _use_new_zipfile_serialization=False, pickle_protocol=protocol)
torch.save(tensors, folder / "zip-5.pth", pickle_protocol=5)
# Archives may have no checksums.
torch.serialization.set_crc32_options(False)
torch.save(tensors, folder / "unchecked.pth")
torch.serialization.set_crc32_options(True)
training = {
    "epoch": 3,
    "state_dict": collections.OrderedDict((f"module.{name}", tensor) for name, tensor in tensors.items()),
    "optimizer": {"state": {0: {"step": torch.tensor(1.0), "momentum_buffer": base}}, "param_groups": [{"lr": 0.1}]},
    "args": argparse.Namespace(lr=0.1, device=torch.device("cpu"), dtype=torch.float32, seen={1, 2}, raw=b"\x01"),
    "best": None,
}
torch.save(training, folder / "training.pth")
torch.save(training, folder / "training-legacy.pth", _use_new_zipfile_serialization=False)
# The same archive, packed by another program.
with zipfile.ZipFile(folder / "zip.pth") as stored, zipfile.ZipFile(folder / "deflated.pth", "w") as deflated:
    for entry in stored.infolist():
        time = zipfile.ZipInfo(entry.filename)
        deflated.writestr(time, stored.read(entry), zipfile.ZIP_DEFLATED)
whole = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
safetensors.torch.save_file(whole, folder / "whole.safetensors", metadata={"format": "pt"})

for path in sorted(folder.glob("*.pth")):
    loaded = torch.load(path, weights_only=False)
    for name, tensor in loaded.get("state_dict", loaded).items():
        assert torch.equal(tensor, tensors[name.removeprefix("module.")]), (path, name)
