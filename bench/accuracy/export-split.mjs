/**
 * The split of a sureseg run as its plan says, for the scripts of other software.
 *
 * usage: node bench/accuracy/export-split.mjs RUN > split.json
 */
import { openRun } from "../../dist/run/open-run.js";
import { splitOf } from "./split.mjs";

const run = await openRun(process.argv[2], { stage: () => {}, progress: () => {} });
process.stdout.write(`${JSON.stringify(splitOf(run), null, 1)}\n`);
