"""What Python's ONNX Runtime makes of exported networks, for src/network/exported-model.test.ts.

Needs a build (npm run build) and Node; numpy, onnx, onnxruntime. Fails where onnx.checker finds anything wrong.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime

HERE = Path(__file__).parent
SIZES = [[8, 8, 8], [4, 12, 8]]


def write(name, index, tensors):
    offset = 0
    index["binary"] = f"{name}.bin"
    index["tensors"] = {}
    with open(HERE / "fixtures" / f"{name}.bin", "wb") as file:
        for key, array in tensors.items():
            index["tensors"][key] = {"dims": list(array.shape), "offset": offset}
            file.write(array.astype("<f8").tobytes())
            offset += array.size
    (HERE / "fixtures" / f"{name}.json").write_text(json.dumps(index, indent=1) + "\n")


def main():
    generator = numpy.random.default_rng(3)
    tensors, models = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", str(HERE / "export-models.mjs"), folder], check=True)
        for path in sorted(Path(folder).glob("*.onnx")):
            content = path.read_bytes()
            onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
            session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
            outputs = [output.name for output in session.get_outputs()]
            models[path.stem] = {"sha256": hashlib.sha256(content).hexdigest(), "outputs": outputs}
            for number, size in enumerate(SIZES):
                image = generator.standard_normal([1, 2, *size]).astype(numpy.float32)
                tensors[f"{path.stem}/{number}/image"] = image
                for name, result in zip(outputs, session.run(outputs, {"image": image})):
                    assert numpy.isfinite(result).all()
                    tensors[f"{path.stem}/{number}/{name}"] = result
    versions = {"python": sys.version.split()[0], "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    write("exported-model", {"script": "test/oracle/exported_model.py", "versions": versions, "models": models, "sizes": SIZES}, tensors)


main()
