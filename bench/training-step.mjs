/**
 * One training step and one forward pass, against the same network, loss and optimiser in PyTorch, in the same run.
 *
 * usage: node bench/training-step.mjs [--patch 64] [--channels 16] [--levels 4] [--threads 2]
 *        [--peer unet_torch.py] [--python python3] [--rounds 2] [--out file.json]
 *
 * The two take turns, `rounds` times each, and the best median of each counts, so that a passing load on the machine
 * does not decide. Prints the ratios (sureseg / PyTorch: below 1 is faster).
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    patch: { type: "string", default: "64" },
    channels: { type: "string", default: "16" },
    levels: { type: "string", default: "4" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "2" },
    peer: { type: "string", default: "../shared/peers/unet_torch.py" },
    python: { type: "string", default: "/usr/bin/python3" },
    out: { type: "string" },
  },
});
const setting = [values.patch, values.channels, values.levels, values.threads];
const own = new URL("./training-step-own.mjs", import.meta.url).pathname;

const measure = (command, script) =>
  JSON.parse(
    execFileSync(command, [script, ...setting], { encoding: "utf8" })
      .trim()
      .split("\n")
      .at(-1),
  );
const best = (runs, field) => Math.min(...runs.map((run) => run[field]));

const runs = { sureseg: [], torch: [] };
const withPeer = existsSync(values.peer);
for (let round = 0; round < Number(values.rounds); round++) {
  runs.sureseg.push(measure(process.execPath, own));
  if (withPeer) runs.torch.push(measure(values.python, values.peer));
}
const row = (name, field) => {
  const mine = best(runs.sureseg, field);
  if (!withPeer) return { name, sureseg: mine };
  const peer = best(runs.torch, field);
  return { name, sureseg: mine, pytorch: peer, ratio: Number((mine / peer).toFixed(3)) };
};
const rows = [
  row("training step, ms", "step_ms"),
  row("forward, ms", "forward_ms"),
  row("peak memory, MB", "peak_mb"),
];
console.log(
  `patch ${values.patch}^3, ${values.channels} base channels, ${values.levels} levels, ${values.threads} threads`,
);
console.table(rows);
if (!withPeer) console.log(`no peer at ${values.peer}: no ratios`);
if (values.out !== undefined) {
  const machine = `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`;
  writeFileSync(values.out, `${JSON.stringify({ setting, machine, rows, runs }, null, 2)}\n`);
}
