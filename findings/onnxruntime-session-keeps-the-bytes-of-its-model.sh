#!/usr/bin/env bash
# onnxruntime 1.32.0: a session made from the bytes of a model keeps them for as long as it lives, even after the caller has dropped them.
#
# `InferenceSession` takes a path or bytes. From a path, the process holds the weights once. From bytes, the Python object keeps a reference to
# them, so the process holds the weights twice although the runtime has made its own copy: below, 192 MiB of weights take about
# 192 MiB or 384 MiB. A measurement of memory that passes bytes therefore counts the model twice.
# Guessed before: both take the same memory once the session exists. Exits non-zero once they do.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cat >"$work/model.py" <<'PYTHON'
import sys

import numpy
from onnx import TensorProto, helper, numpy_helper, save

SIZE, COUNT = 4096, 3
values = numpy.random.default_rng(1).standard_normal((COUNT, SIZE, SIZE), dtype=numpy.float32)
weights = [numpy_helper.from_array(values[index], f"w{index}") for index in range(COUNT)]
nodes = [helper.make_node("MatMul", [f"x{index}", f"w{index}"], [f"x{index + 1}"]) for index in range(COUNT)]
ends = [helper.make_tensor_value_info(f"x{index}", TensorProto.FLOAT, [1, SIZE]) for index in (0, COUNT)]
graph = helper.make_graph(nodes, "products", ends[:1], ends[1:], weights)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
PYTHON
cat >"$work/memory.py" <<'PYTHON'
import gc
import sys

import onnxruntime


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


path, how = sys.argv[1:]
before = resident()
if how == "path":
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
else:
    with open(path, "rb") as file:
        data = file.read()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    del data
gc.collect()
print(round(resident() - before))
PYTHON
python="$work/venv/bin/python"
"$python" "$work/model.py" "$work/model.onnx"
path=$("$python" "$work/memory.py" "$work/model.onnx" path)
bytes=$("$python" "$work/memory.py" "$work/model.onnx" bytes)
"$python" -c 'import onnxruntime; print("onnxruntime", onnxruntime.__version__)'
echo "a model of 192 MiB: the process grows by $path MiB from a path, by $bytes MiB from bytes that the caller has dropped"
[ "$bytes" -gt $((path + 150)) ] || { echo "changed: bytes take no more memory than a path"; exit 1; }
