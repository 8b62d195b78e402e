"""A network in PyTorch, eager, channels first, as in torchvision: separate normalisations, ReLU in
place."""

import torch
from torch import nn
from torch.nn import functional

import peer


class Sum(nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        # A branch with layers returns a tensor of its own, to which the others may be added.
        self.order = sorted(range(len(branches)), key=lambda branch: len(branches[branch]) == 0)

    def forward(self, x):
        first, *others = (self.branches[branch](x) for branch in self.order)
        for other in others:
            first += other
        return first


class Concat(nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class ZeroPadChannels(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, x):
        return functional.pad(x, (0, 0, 0, 0, 0, self.channels - x.shape[1]))


def sequence(layers, formula):
    # The first layer of a branch must not overwrite its input, which other branches use.
    return nn.Sequential(*(module(layer, formula, index > 0) for index, layer in enumerate(layers)))


def module(layer, formula, owns_its_input):
    c = layer.constants
    match layer.kind:
        case "conv":
            shape = c["inputs"], c["outputs"], c["kernel"], c["stride"], c["padding"], c["dilation"], c["groups"], c["bias"]
            tensors = {"weight": formula.weight(layer)}
            if c["bias"]:
                tensors["bias"] = formula.bias(layer)
            return filled(nn.Conv2d(*shape, device="meta"), tensors)
        case "linear":
            tensors = {"weight": formula.weight(layer), "bias": formula.bias(layer)}
            return filled(nn.Linear(c["inputs"], c["outputs"], device="meta"), tensors)
        case "norm":
            tensors = dict(zip(("weight", "bias", "running_mean", "running_var"), formula.norm(layer), strict=True))
            return filled(Norm(c["channels"], eps=c["eps"], device="meta"), tensors)
        case "prelu":
            return filled(nn.PReLU(c["channels"], device="meta"), {"weight": formula.slope(layer)})
        case "relu":
            return nn.ReLU(inplace=owns_its_input)
        case "lrn":
            return nn.LocalResponseNorm(c["size"], c["alpha"], c["beta"], c["k"])
        case "max-pool":
            return nn.MaxPool2d(c["kernel"], c["stride"], c["padding"], ceil_mode=c["round"])
        case "avg-pool":
            return nn.AvgPool2d(c["kernel"], c["stride"], c["padding"], c["round"], c["padding-is"])
        case "global-avg-pool":
            return nn.AdaptiveAvgPool2d(1)
        case "flatten":
            return nn.Flatten()
        case "zero-pad-channels":
            return ZeroPadChannels(c["channels"])
        case "sum":
            return Sum([sequence(branch, formula) for branch in layer.branches])
        case "concat":
            return Concat([sequence(branch, formula) for branch in layer.branches])


class Norm(nn.BatchNorm2d):
    """For maps and vectors."""

    def _check_input_dim(self, x):
        pass


def filled(module, tensors):
    state = {name: torch.from_numpy(values) for name, values in tensors.items()}
    if isinstance(module, Norm):
        state["num_batches_tracked"] = torch.tensor(0)
    module.load_state_dict(state, assign=True)
    return module


def build(layers, formula, images, threads):
    torch.set_num_threads(threads)
    network = sequence(layers, formula).eval()
    input_ = torch.from_numpy(images)

    def run():
        with torch.inference_mode():
            return network(input_)

    return run


peer.main(f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})", build)
