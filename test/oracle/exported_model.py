"""Models as `exportNetwork` writes them, checked by the onnx package and run by Python's ONNX Runtime.

Writes test/oracle/fixtures/exported-model.json and exported-model.bin (float64). Run from the repository root, after
`npm run build`:
    python test/oracle/exported_model.py

The parameters are drawn here, so that norms and biases count too; dist/ makes the model from them. Tensors:
`parameters/MODEL` (flat), and for each RUN of a model `MODEL/RUN/INPUT` and `MODEL/RUN/OUTPUT`. `sha256` of a model is
the hash of the bytes that the checker passed.
"""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

FOLDER = Path("test/oracle/fixtures")
EXPORT = """
import { readFileSync } from "node:fs";
import { describeNetwork, exportNetwork, parameterCount } from "./dist/network/index.js";
const { description, drawn, masks, metadata } = JSON.parse(readFileSync(0, "utf8"));
const network = describeNetwork(description);
const count = parameterCount(network.layout);
const model = exportNetwork(network, Float32Array.from(drawn.slice(0, count)), { masks, metadata });
process.stdout.write(JSON.stringify({ count, model: Buffer.from(model).toString("base64") }));
"""
DESCRIPTION = {
    "channels": 3,
    "levels": 3,
    "inputChannels": 2,
    "outputChannels": 2,
    "maximumChannels": 8,
    "dropout": 0.0,
}
METADATA = {"name": "oracle", "fingerprint": "0123"}
MODELS = {
    "unet": ({**DESCRIPTION, "architecture": "unet"}, False),
    "residual-unet": ({**DESCRIPTION, "architecture": "residual-unet"}, False),
    "masked": ({**DESCRIPTION, "architecture": "unet", "dropout": 0.3}, True),
}
# [N, D, H, W]: batch and sizes are open.
RUNS = {"cube": [1, 8, 8, 8], "box": [2, 8, 4, 12]}
random = np.random.default_rng(2718)


def exported(description, masks):
    drawn = random.uniform(-0.5, 0.5, 20_000).astype(np.float32)
    request = {"description": description, "drawn": drawn.tolist(), "masks": masks, "metadata": METADATA}
    answer = subprocess.run(
        ["node", "--input-type=module", "-e", EXPORT],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
    )
    found = json.loads(answer.stdout)
    return drawn[: found["count"]], base64.b64decode(found["model"])


tensors, parts, offset, models = {}, [], 0, []


def keep(name, values):
    global offset
    tensors[name] = {"dims": list(values.shape), "offset": offset}
    parts.append(values.astype(np.float64).ravel())
    offset += values.size


for name, (description, masks) in MODELS.items():
    parameters, model = exported(description, masks)
    onnx.checker.check_model(model, full_check=True)
    proto = onnx.load_from_string(model)
    assert {entry.key: entry.value for entry in proto.metadata_props} == METADATA
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs()]
    keep(f"parameters/{name}", parameters)
    for run, (batch, *space) in RUNS.items():
        feeds = {}
        for given in session.get_inputs():
            if given.name == "image":
                values = random.normal(size=(batch, *given.shape[1:2], *space))
            else:
                values = (random.uniform(size=(batch, *given.shape[1:])) > 0.3) / 0.7
            feeds[given.name] = values.astype(np.float32)
        results = session.run(outputs, feeds)
        for key, values in [*feeds.items(), *zip(outputs, results)]:
            assert np.isfinite(values).all() and values.std() > 0
            keep(f"{name}/{run}/{key}", values)
    models.append(
        {
            "name": name,
            "description": description,
            "masks": masks,
            "metadata": METADATA,
            "sha256": hashlib.sha256(model).hexdigest(),
            "inputs": [given.name for given in session.get_inputs()],
            "outputs": outputs,
        }
    )

np.concatenate(parts).astype("<f8").tofile(FOLDER / "exported-model.bin")
index = {
    "provenance": {
        "script": "test/oracle/exported_model.py",
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    },
    "binary": "exported-model.bin",
    "models": models,
    "runs": list(RUNS),
    "tensors": tensors,
}
(FOLDER / "exported-model.json").write_text(json.dumps(index) + "\n")
