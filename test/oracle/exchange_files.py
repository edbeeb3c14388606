"""Files as other programs write them: safetensors and TensorBoard events, for src/training.

Needs numpy, safetensors, tensorboard.
"""

import json
import struct
from pathlib import Path

import numpy
import safetensors
from safetensors.numpy import save
import tensorboard
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

FIXTURES = Path(__file__).parent / "fixtures"


def tensors():
    values = {
        "encoder0/weight": numpy.arange(12, dtype=numpy.float32).reshape(2, 3, 2) / 7,
        "bias": numpy.array([-1.5, 3.25e-30, 7e20], dtype=numpy.float32),
        "scalar": numpy.array(2.5, dtype=numpy.float32),
    }
    (FIXTURES / "reference.safetensors").write_bytes(save(values, metadata={"step": "12", "name": "Leber – é"}))
    return {name: {"dims": list(array.shape), "data": array.ravel().tolist()} for name, array in values.items()}


def events():
    entries = [
        {"wallTime": 1700000000.25, "step": 1, "scalars": {"loss/train": 0.75, "learning-rate": 0.003}},
        {"wallTime": 1700000001.5, "step": 300, "scalars": {"dice/Leber é": 0.5}},
        {"wallTime": 1700000002.0, "step": 2**40, "scalars": {"loss/train": -1e-30}},
    ]
    with open(FIXTURES / "reference.tfevents", "wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=1700000000.0, file_version="brain.Event:2").SerializeToString())
        for entry in entries:
            values = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in entry["scalars"].items()]
            event = event_pb2.Event(wall_time=entry["wallTime"], step=entry["step"], summary=summary_pb2.Summary(value=values))
            writer.write(event.SerializeToString())
        writer.flush()
    return {"startTime": 1700000000.0, "entries": entries}


index = {
    "script": "test/oracle/exchange_files.py",
    "versions": {"safetensors": safetensors.__version__, "tensorboard": tensorboard.__version__},
    "tensors": tensors(),
    "events": events(),
}
(FIXTURES / "exchange-files.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n")
