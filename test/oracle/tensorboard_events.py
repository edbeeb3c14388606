"""TensorBoard event files: records framed by TensorBoard's own writer, and a file of ours as TensorBoard reads it.

Writes test/oracle/fixtures/tensorboard.json. Run from the repository root, after `npm run build`:
    python test/oracle/tensorboard_events.py

`frames`: pairs of hexadecimal data and the record that TensorBoard's writer makes of them. `file`: the hexadecimal bytes
of an event file that `EventWriter` wrote of `entries` (at their milliseconds), and `scalars`, what EventAccumulator
found in it; the script fails where that is not what went in.
"""

import io
import json
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

WRITE = """
import { readFileSync } from "node:fs";
import { EventWriter } from "./dist/training/tensorboard.js";
const { folder, entries } = JSON.parse(readFileSync(0, "utf8"));
const writer = new EventWriter(folder, entries[0].milliseconds / 1000);
for (const { milliseconds, step, scalars } of entries) {
  Date.now = () => milliseconds;
  await writer.write(step, scalars);
}
"""
START = 1_790_000_000_123
ENTRIES = [
    {"milliseconds": START, "step": 0, "scalars": {"loss/train": 0.75, "learning-rate": 1e-3}},
    {"milliseconds": START + 1500, "step": 100, "scalars": {"loss/train": 0.1, "learning-rate": 5e-39}},
    {"milliseconds": START + 4007, "step": 5_000_000_000, "scalars": {"loss/train": -2.5e30, "Größe/Δ": 0}},
    {"milliseconds": START + 4008, "step": 5_000_000_001, "scalars": {"loss/train": 0.3} | {f"dice/{i}": i / 7 for i in range(20)}},
]


def framed(data):
    stream = io.BytesIO()
    RecordWriter(stream).write(data)
    return {"data": data.hex(), "record": stream.getvalue().hex()}


random = np.random.default_rng(314)
value = Summary.Value(tag="loss", simple_value=0.5)
frames = [framed(b""), framed(b"\x00"), framed(b"123456789")]
frames += [framed(random.bytes(length)) for length in (7, 255, 256, 3000)]
frames += [framed(Event(wall_time=1.5, step=3, summary=Summary(value=[value])).SerializeToString())]

with tempfile.TemporaryDirectory() as folder:
    request = json.dumps({"folder": folder, "entries": ENTRIES}).encode()
    subprocess.run(["node", "--input-type=module", "-e", WRITE], input=request, check=True)
    (path,) = Path(folder).iterdir()
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    scalars = {
        tag: [[event.wall_time, event.step, event.value] for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }
    first = accumulator.FirstEventTimestamp()
    name, content = path.name, path.read_bytes()

expected = {}
for entry in ENTRIES:
    for tag, number in entry["scalars"].items():
        single = float(np.float32(number))
        expected.setdefault(tag, []).append([entry["milliseconds"] / 1000, entry["step"], single])
assert scalars == expected, (scalars, expected)
assert math.isclose(first, START / 1000)

index = {
    "provenance": {"script": "test/oracle/tensorboard_events.py", "tensorboard": tensorboard.__version__},
    "frames": frames,
    "entries": ENTRIES,
    "file": {"name": name, "content": content.hex()},
    "scalars": scalars,
}
Path("test/oracle/fixtures/tensorboard.json").write_text(json.dumps(index) + "\n")
