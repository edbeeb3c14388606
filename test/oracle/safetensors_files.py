"""Files written by the safetensors library, for src/training/safetensors.ts.

Writes test/oracle/fixtures/safetensors.json. Run from the repository root, after `npm run build`:
    python test/oracle/safetensors_files.py

Each of `files` has hexadecimal bytes `content`, `metadata`, and `tensors` with dims and numbers. `refused`: files in
other number types. The script also has the library read what `encodeTensors` makes of the same tensors.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import safetensors
from safetensors import numpy as files

ENCODE = """
import { readFileSync } from "node:fs";
import { encodeTensors } from "./dist/training/safetensors.js";
const { tensors, metadata } = JSON.parse(readFileSync(0, "utf8"));
const named = new Map(
  Object.entries(tensors).map(([name, { dims, data }]) => [name, { dims, data: Float32Array.from(data) }]),
);
process.stdout.write(encodeTensors(named, metadata ?? {}));
"""
random = np.random.default_rng(161)


def drawn(*dims):
    return random.normal(size=dims).astype(np.float32)


contents = {
    "layers": (
        {
            "encoder0/first/weight": drawn(2, 1, 3, 3, 3),
            "encoder0/first/scale": np.ones(2, np.float32),
            "encoder0/first/shift": np.zeros(2, np.float32),
            "head/bias": drawn(1, 2, 1, 1, 1),
            "optimiser/momentum": drawn(17),
        },
        {"memory": '{"step":3}'},
    ),
    "odd": (
        {
            "scalar": np.array(1.5, np.float32),
            "empty": np.zeros((0, 3), np.float32),
            "Größe Δ\"\\": drawn(3),
            "b10": drawn(1),
            "b9": np.array([np.finfo(np.float32).max, 1e-45, -0.0, 0.1], np.float32),
        },
        None,
    ),
    "nothing": ({}, {"only": "texts"}),
}
found = []
for name, (tensors, metadata) in contents.items():
    described = {
        key: {"dims": list(values.shape), "data": [float(value) for value in values.ravel()]}
        for key, values in tensors.items()
    }
    request = json.dumps({"tensors": described, "metadata": metadata}).encode()
    ours = subprocess.run(
        ["node", "--input-type=module", "-e", ENCODE], input=request, capture_output=True, check=True
    ).stdout
    read = files.load(ours)
    assert read.keys() == tensors.keys()
    for key, values in tensors.items():
        assert read[key].shape == values.shape and read[key].tobytes() == values.tobytes(), key
    found.append(
        {
            "name": name,
            "content": files.save(tensors, metadata).hex(),
            "metadata": metadata or {},
            "tensors": described,
        }
    )

refused = {
    kind: files.save({"weight": np.arange(4).astype(kind)}).hex() for kind in ["float64", "float16", "int64"]
}
provenance = {"script": "test/oracle/safetensors_files.py", "safetensors": safetensors.__version__}
target = Path("test/oracle/fixtures/safetensors.json")
target.write_text(json.dumps({"provenance": provenance, "files": found, "refused": refused}) + "\n")
