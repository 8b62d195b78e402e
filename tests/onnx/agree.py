"""Exports every network with the weights of the oracle and compares onnxruntime's logits with it, with its optimisations and without.
The checker of ONNX infers every shape again and compares it with the one in the file."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).parents[2]
# As a share of the largest logit. Rounding gives less than 2e-6; a wrong pad, epsilon or order at least 5e-3.
LIMIT = 1e-5


def fnv1a(name):
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return state


def images(shape):
    """The images of tests/oracle/README.md."""
    z = numpy.arange(numpy.prod(shape), dtype=numpy.uint64) + numpy.uint64((fnv1a("input") + 0x9E3779B97F4A7C15) % 2**64)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    u = (z ^ (z >> numpy.uint64(31))) >> numpy.uint64(40)
    return (2 * (u / 2.0**24) - 1).astype(numpy.float32).reshape(shape)


def apart(path, optimisations, batch, expected):
    """The largest difference to the expected logits, as a share of the largest one."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = optimisations
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"input": batch})
    assert logits.shape == expected.shape, (logits.shape, expected.shape)
    # Not below the limit if there is a NaN.
    return float(numpy.abs(logits - expected).max() / numpy.abs(expected).max())


def facts(model):
    """What no program but a reader's patience would miss."""
    initializers = {tensor.name for tensor in model.graph.initializer}
    read = {name for node in model.graph.node for name in node.input}
    assert initializers <= read, initializers - read
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)
    sizes = lambda value: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
    assert sizes(model.graph.output[0]) == ["n", 1000] and sizes(model.graph.input[0])[0] == "n"
    # Operators within a layer have no shape in the file.
    assert len(model.graph.value_info) >= len(model.graph.node) / 3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", required=True, metavar="FILE", help="the program `measure`")
    parser.add_argument("--networks", metavar="NAME,...", help="only these")
    asked = parser.parse_args()
    oracle = {}
    for file in ("logits.json", "modern-logits.json"):
        oracle |= json.loads((ROOT / "tests/oracle" / file).read_text())
    chosen = asked.networks.split(",") if asked.networks else list(oracle)
    levels = onnxruntime.GraphOptimizationLevel
    wrong = 0
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f"{name}.onnx")
            command = [asked.measure, "export", "--network", name, "--gain", str(oracle[name]["gain"]), "--onnx", path]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            onnx.checker.check_model(path, full_check=True)
            facts(onnx.load(path))
            batch, expected = images(oracle[name]["input"]), numpy.array(oracle[name]["logits"])
            shares = [apart(path, level, batch, expected) for level in (levels.ORT_DISABLE_ALL, levels.ORT_ENABLE_ALL)]
        is_right = all(share <= LIMIT for share in shares)
        wrong += not is_right
        print(f"{name:14} {shares[0]:.1e} {shares[1]:.1e} {'ok' if is_right else 'DIFFERS'}", flush=True)
    sys.exit(f"{wrong} of {len(chosen)} networks differ from the oracle" if wrong else 0)


main()
