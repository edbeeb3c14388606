/** Writes the models that exported_model.py runs: small networks with fixed weights. Usage: node export-models.mjs FOLDER */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../dist/base/random.js";
import { describeNetwork, exportNetwork, initialise } from "../../dist/network/index.js";

const { seed, networks } = JSON.parse(
  readFileSync(new URL("exported-networks.json", import.meta.url), "utf8"),
);
for (const description of networks) {
  const network = describeNetwork(description);
  const bytes = exportNetwork(network, initialise(network, Random.stream(seed, description.architecture)));
  writeFileSync(join(process.argv[2], `${description.architecture}.onnx`), bytes);
}
