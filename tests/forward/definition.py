"""A network as `networks show --canonical` prints it, and its weights and images by the formula of tests/oracle/README.md. Uses no
framework."""

import dataclasses
import math
import subprocess

import numpy

# As in experiments/measure/src/formula.rs.
GAIN = 6.0


@dataclasses.dataclass
class Layer:
    """One line of the text: its kind, the layer's name, and its constants by name."""

    kind: str
    name: str = ""
    constants: dict = dataclasses.field(default_factory=dict)
    branches: list = dataclasses.field(default_factory=list)


def read(program, network):
    """The size of an image [channels, height, width], and the layers."""
    text = subprocess.run([program, "show", "--canonical", network], check=True, capture_output=True, text=True).stdout
    first, *lines = text.splitlines()
    layers = []
    # The lists that lines are added to, by their indent.
    open_lists = {0: layers}
    for line in lines:
        fields = line.split()
        indent = len(line) - len(line.lstrip())
        if fields == ["branch"]:
            branch = []
            open_lists[indent - 2][-1].branches.append(branch)
            open_lists[indent + 2] = branch
        else:
            open_lists[indent].append(parse(fields))
    return [int(size) for size in first.removeprefix("input ").split("x")], layers


def parse(fields):
    kind, *rest = fields
    match kind:
        case "conv" | "linear":
            name, inputs, _, outputs, *rest = rest
            sizes = {"inputs": int(inputs), "outputs": int(outputs)}
        case "norm" | "prelu":
            name, channels, *rest = rest
            sizes = {"channels": int(channels)}
        case "zero-pad-channels":
            name, sizes, rest = "", {"channels": int(rest[0])}, []
        case "relu" | "lrn" | "max-pool" | "avg-pool" | "global-avg-pool" | "flatten" | "sum" | "concat":
            name, sizes = "", {}
        case _:
            raise ValueError(f"unknown layer: {' '.join(fields)}")
    constants = {key: constant(key, value) for key, value in zip(rest[::2], rest[1::2], strict=True)}
    return Layer(kind, name, sizes | constants)


def constant(key, value):
    match key:
        case "kernel" | "stride" | "padding" | "dilation":
            return [int(size) for size in value.split("x")]
        case "groups" | "size":
            return int(value)
        case "eps" | "alpha" | "beta" | "k":
            return float(value)
        case "bias":
            return value == "yes"
        case "round":
            return value == "up"
        case "padding-is":
            return value == "counted"
        case _:
            raise ValueError(f"unknown constant: {key} {value}")


class Formula:
    """The tensors of a network."""

    def __init__(self, seed=0, gain=GAIN):
        self.seed, self.gain = seed, gain

    def images(self, shape):
        return self._tensor("input", shape, lambda u: 2 * u - 1)

    def weight(self, layer):
        constants = layer.constants
        if layer.kind == "linear":
            shape = [constants["outputs"], constants["inputs"]]
        else:
            shape = [constants["outputs"], constants["inputs"] // constants["groups"], *constants["kernel"]]
        bound = math.sqrt(self.gain / math.prod(shape[1:]))
        return self._tensor(f"{layer.name}.weight", shape, lambda u: (2 * u - 1) * bound)

    def bias(self, layer):
        return self._tensor(f"{layer.name}.bias", [layer.constants["outputs"]], lambda u: (2 * u - 1) * 0.05)

    def slope(self, layer):
        return self._tensor(f"{layer.name}.weight", [layer.constants["channels"]], lambda u: 0.1 + 0.3 * u)

    def norm(self, layer):
        """Scale, offset, mean and variance."""
        values = {
            "weight": lambda u: 0.5 + 0.5 * u,
            "bias": lambda u: (2 * u - 1) * 0.1,
            "running_mean": lambda u: (2 * u - 1) * 0.1,
            "running_var": lambda u: 0.75 + 0.5 * u,
        }
        shape = [layer.constants["channels"]]
        return [self._tensor(f"{layer.name}.{suffix}", shape, value) for suffix, value in values.items()]

    def _tensor(self, name, shape, value):
        start = numpy.uint64(fnv1a(name) ^ self.seed)
        values = numpy.empty(math.prod(shape), numpy.float32)
        # In pieces that fit into the cache.
        for first in range(0, values.size, 1 << 16):
            piece = values[first : first + (1 << 16)]
            piece[:] = value(uniform(start + numpy.arange(first, first + piece.size, dtype=numpy.uint64)))
        return values.reshape(shape)


def fnv1a(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def uniform(states):
    """splitmix64 of each state, in [0, 1)."""
    z = states + numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(40)) / float(1 << 24)


# The check values that come with the oracle.
assert list(uniform(numpy.uint64(fnv1a("input")) + numpy.arange(2, dtype=numpy.uint64))) == [
    0.09781831502914429,
    0.14747858047485352,
]
