"""A network in ONNX Runtime on the processor with its default optimisations, which fold normalisations into convolutions."""

import numpy
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import peer

# Versions of the operators and of the file format that the runtime has long supported.
OPERATORS, LAYOUT = 20, 9


class Graph:
    """Nodes and tensors, in the order in which they are added."""

    def __init__(self, formula):
        self.formula, self.nodes, self.tensors = formula, [], []

    def tensor(self, values):
        name = f"t{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(values, name))
        return name

    def node(self, operator, inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def sequence(self, layers, x, channels):
        """The name of the output, and its channels."""
        for layer in layers:
            x, channels = self.layer(layer, x, channels)
        return x, channels

    def layer(self, layer, x, channels):
        c = layer.constants
        match layer.kind:
            case "conv":
                inputs = [x, self.tensor(self.formula.weight(layer))]
                if c["bias"]:
                    inputs.append(self.tensor(self.formula.bias(layer)))
                dilation = {"dilations": c["dilation"], "group": c["groups"]}
                return self.node("Conv", inputs, **window(c), **dilation), c["outputs"]
            case "linear":
                inputs = [x, self.tensor(self.formula.weight(layer)), self.tensor(self.formula.bias(layer))]
                return self.node("Gemm", inputs, transB=1), c["outputs"]
            case "norm":
                inputs = [x, *map(self.tensor, self.formula.norm(layer))]
                return self.node("BatchNormalization", inputs, epsilon=c["eps"]), channels
            case "prelu":
                slope = self.tensor(self.formula.slope(layer).reshape(-1, 1, 1))
                return self.node("PRelu", [x, slope]), channels
            case "relu":
                return self.node("Relu", [x]), channels
            case "lrn":
                constants = {"size": c["size"], "alpha": c["alpha"], "beta": c["beta"], "bias": c["k"]}
                return self.node("LRN", [x], **constants), channels
            case "max-pool":
                return self.node("MaxPool", [x], **window(c), ceil_mode=int(c["round"])), channels
            case "avg-pool":
                rules = {"ceil_mode": int(c["round"]), "count_include_pad": int(c["padding-is"])}
                return self.node("AveragePool", [x], **window(c), **rules), channels
            case "global-avg-pool":
                return self.node("GlobalAveragePool", [x]), channels
            case "flatten":
                return self.node("Flatten", [x]), channels
            case "zero-pad-channels":
                more = numpy.array([0, 0, 0, 0, 0, c["channels"] - channels, 0, 0])
                return self.node("Pad", [x, self.tensor(more)]), c["channels"]
            case "sum":
                (total, channels), *others = [self.sequence(branch, x, channels) for branch in layer.branches]
                for other, _ in others:
                    total = self.node("Add", [total, other])
                return total, channels
            case "concat":
                branches = [self.sequence(branch, x, channels) for branch in layer.branches]
                return self.node("Concat", [name for name, _ in branches], axis=1), sum(channels for _, channels in branches)


def window(constants):
    pads = constants["padding"] * 2
    return {"kernel_shape": constants["kernel"], "strides": constants["stride"], "pads": pads}


def model(layers, formula, shape):
    graph = Graph(formula)
    output, _ = graph.sequence(layers, "images", shape[1])
    images, logits = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size)
        for name, size in (("images", shape), (output, None))
    )
    made = helper.make_graph(graph.nodes, "network", [images], [logits], graph.tensors)
    operators = [helper.make_opsetid("", OPERATORS)]
    return helper.make_model(made, opset_imports=operators, ir_version=LAYOUT).SerializeToString()


def build(layers, formula, images, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model(layers, formula, images.shape), options, ["CPUExecutionProvider"])
    return lambda: session.run(None, {"images": images})[0]


peer.main(f"ONNX Runtime {onnxruntime.__version__}", build)
