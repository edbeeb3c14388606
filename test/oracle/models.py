"""Small networks as other software writes them, and what Python's ONNX Runtime makes of them.

For test/contracts/models.test.ts. Writes fixtures/models/NAME.onnx, fixtures/models.json and fixtures/models.bin with
NAME/image and one NAME/TENSOR for each output, and for what an output was made of where that is said below.
Every model passes onnx.checker. Needs numpy, onnx, onnxruntime, onnxconverter_common. Run: python models.py
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16

HERE = Path(__file__).parent
OUT = HERE / "fixtures" / "models"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
# The format's version that each opset came with.
IR = {9: 4, 11: 6, 13: 7, 17: 8, 22: 10}
CLASSES = 3


class Builder:
    """A network in the making; weights are the same whenever the same calls are made."""

    def __init__(self, opset, axes=3, channels=1):
        self.opset, self.axes, self.channels = opset, axes, channels
        self.random = numpy.random.default_rng(opset + 100 * axes)
        self.nodes, self.weights = [], []

    def node(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def weight(self, name, array):
        self.weights.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def convolution(self, source, name, channels, kernel=3, stride=None, transposed=False):
        before, after = channels
        shape = (before, after) if transposed else (after, before)
        sizes = [kernel] * self.axes if isinstance(kernel, int) else list(kernel)
        scale = 1.2 / numpy.sqrt(before * numpy.prod(sizes))
        weight = self.weight(f"{name}.weight", (scale * self.random.standard_normal([*shape, *sizes])).astype("f4"))
        bias = self.weight(f"{name}.bias", (0.3 * self.random.standard_normal(after)).astype("f4"))
        attributes = {"kernel_shape": sizes, "strides": list(stride or [1] * self.axes)}
        if not transposed:
            attributes["pads"] = [(size - 1) // 2 for size in sizes] * 2
        return self.node("ConvTranspose" if transposed else "Conv", [source, weight, bias], name, **attributes)

    def normalised(self, source, name, channels, epsilon=1e-5):
        scale = self.weight(f"{name}.scale", (1 + 0.2 * self.random.standard_normal(channels)).astype("f4"))
        shift = self.weight(f"{name}.shift", (0.2 * self.random.standard_normal(channels)).astype("f4"))
        return self.node("InstanceNormalization", [source, scale, shift], name, epsilon=epsilon)

    def body(self, stride, deep=False):
        """Down once and up again, with a skip; returns logits, and with `deep` coarser ones too."""
        x = self.convolution("image", "conv0", (self.channels, 4))
        x = self.normalised(x, "norm0", 4)
        skip = self.node("LeakyRelu", [x], "act0", alpha=0.01)
        x = self.convolution(skip, "conv1", (4, 6), stride=stride)
        x = self.normalised(x, "norm1", 6)
        low = self.node("Relu", [x], "act1")
        x = self.convolution(low, "up0", (6, 4), kernel=stride, stride=stride, transposed=True)
        x = self.node("Concat", [skip, x], "concat0", axis=1)
        x = self.convolution(x, "conv2", (8, 4))
        x = self.node("LeakyRelu", [x], "act2", alpha=0.01)
        logits = self.convolution(x, "logits", (4, CLASSES), kernel=1)
        return (logits, self.convolution(low, "logits/half", (6, CLASSES), kernel=1)) if deep else logits

    def model(self, outputs, spatial=None, weights_as_inputs=False, more_inputs=(), batch=1):
        axes = spatial or ["depth", "height", "width"][-self.axes :]
        inputs = [helper.make_tensor_value_info("image", FLOAT, [batch, self.channels, *axes]), *more_inputs]
        if weights_as_inputs:
            inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in self.weights]
        # Labels lack the axis of channels.
        results = [
            helper.make_tensor_value_info(name, kind, [None] * (self.axes + (2 if kind == FLOAT else 1)))
            for name, kind in outputs
        ]
        graph = helper.make_graph(self.nodes, "network", inputs, results, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="oracle")
        model.ir_version = 3 if weights_as_inputs else IR[self.opset]
        onnx.checker.check_model(model)
        return model


def networks():
    """Name, model, tensors that are no outputs but wanted too."""
    for opset in IR:
        # Softmax over the channels as its axis is written: up to opset 12 it means all axes from there on.
        net = Builder(opset)
        net.node("Softmax", [net.body((1, 2, 2))], "probabilities", axis=1)
        yield f"opset-{opset}", net.model([("probabilities", FLOAT)], weights_as_inputs=opset == 9), ["logits"]

    # As torch.onnx.export writes softmax(dim=1) up to opset 12.
    net = Builder(11)
    net.node("Transpose", [net.body((2, 2, 2))], "last", perm=[0, 2, 3, 4, 1])
    net.node("Softmax", ["last"], "softmax", axis=4)
    net.node("Transpose", ["softmax"], "probabilities", perm=[0, 4, 1, 2, 3])
    yield "softmax-turned", net.model([("probabilities", FLOAT)]), ["logits"]

    # The axis left out from opset 13 on: the last one, not the channels.
    net = Builder(13)
    net.node("Softmax", [net.body((2, 2, 2))], "probabilities")
    yield "softmax-last-axis", net.model([("probabilities", FLOAT)]), ["logits"]

    net = Builder(17)
    net.node("Sigmoid", [net.body((2, 2, 2))], "probabilities")
    yield "sigmoid", net.model([("probabilities", FLOAT)], batch="batch"), ["logits"]

    net = Builder(17)
    net.body((2, 2, 2))
    yield "logits", net.model([("logits", FLOAT)], spatial=[4, 8, 8]), []

    net = Builder(17)
    net.node("Clip", [net.body((2, 2, 2)), net.weight("zero", numpy.float32(0)), net.weight("one", numpy.float32(1))], "clipped")
    yield "between-0-and-1", net.model([("clipped", FLOAT)]), []

    net = Builder(17)
    net.node("ArgMax", [net.body((2, 2, 2))], "labels", axis=1, keepdims=0)
    yield "labels", net.model([("labels", INT64)]), ["logits"]

    # Deep supervision, the coarse output first and last.
    for name, outputs in (("coarse-first", ["logits/half", "logits"]), ("coarse-last", ["logits", "logits/half"])):
        net = Builder(13)
        net.body((2, 2, 2), deep=True)
        yield name, net.model([(output, FLOAT) for output in outputs]), []

    net = Builder(13)
    net.node("Neg", [net.body((2, 2, 2))], "other")
    yield "two-on-the-grid", net.model([("other", FLOAT), ("logits", FLOAT)]), []

    net = Builder(17, channels=2)
    net.body((2, 2, 2))
    threshold = helper.make_tensor_value_info("threshold", FLOAT, [1])
    net.node("Add", ["logits", "threshold"], "shifted")
    yield "two-inputs", net.model([("shifted", FLOAT)], more_inputs=[threshold]), None

    net = Builder(17, axes=2)
    net.node("Softmax", [net.body((2, 2))], "probabilities", axis=1)
    yield "slices", net.model([("probabilities", FLOAT)], batch="batch"), ["logits"]

    net = Builder(17, channels=2)
    net.node("Softmax", [net.body((2, 2, 2))], "probabilities", axis=1)
    half = float16.convert_float_to_float16(net.model([("probabilities", FLOAT)]))
    yield "half", half, []


def with_outputs(model, names):
    """The same model that also gives these tensors."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for name in names:
        changed.graph.output.append(helper.make_tensor_value_info(name, FLOAT, None))
    return changed


def main():
    OUT.mkdir(exist_ok=True)
    tensors, models = {}, {}
    for name, model, more in networks():
        (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
        models[name] = {"outputs": [output.name for output in model.graph.output]}
        if more is None:
            continue
        wanted = [output.name for output in model.graph.output] + more
        changed = with_outputs(model, more).SerializeToString()
        session = onnxruntime.InferenceSession(changed, providers=["CPUExecutionProvider"])
        axes = len(session.get_inputs()[0].shape)
        channels = session.get_inputs()[0].shape[1]
        kind = numpy.float16 if "16" in session.get_inputs()[0].type else numpy.float32
        image = numpy.random.default_rng(7).standard_normal([1, channels, *[4, 8, 8][5 - axes :]]).astype(kind)
        tensors[f"{name}/image"] = image
        for key, result in zip(wanted, session.run(wanted, {"image": image})):
            assert numpy.isfinite(result).all()
            tensors[f"{name}/{key}"] = result
    versions = {"python": sys.version.split()[0], "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    index = {"script": "test/oracle/models.py", "versions": versions, "models": models, "binary": "models.bin", "tensors": {}}
    offset = 0
    with open(HERE / "fixtures" / "models.bin", "wb") as file:
        for key, array in tensors.items():
            index["tensors"][key] = {"dims": list(array.shape), "offset": offset}
            file.write(array.astype("<f8").tobytes())
            offset += array.size
    (HERE / "fixtures" / "models.json").write_text(json.dumps(index, indent=1) + "\n")


main()
