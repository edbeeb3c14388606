/** `npm run fuzz -- PARSER...`: see README.md. Ends with 1 where there were findings, with 130 where it was interrupted. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeFileAtomically } from "../../src/dataset/index.js";
import { type CampaignResult, campaign } from "./campaign.js";
import { Inputs } from "./inputs.js";
import type { Finding } from "./judge.js";
import { withRun } from "./record.js";
import { parserCalled, parsers } from "./registry.js";

const USAGE = `npm run fuzz -- PARSER... [--inputs N] [--seed S] [--record FILE]
npm run fuzz -- PARSER --seed S --input NUMBER [--write FILE]

PARSER is "all" or one of:
${parsers.map(({ name, reads }) => `  ${name.padEnd(20)} ${reads}`).join("\n")}`;

/** Of what is run, with a plus where files were changed since; asked at the start, for a run takes long. */
const commit =
  git("rev-parse", "--short=9", "HEAD") + (git("status", "--porcelain", "--", "src", "test") && "+");

const interruption = new AbortController();
process.on("SIGINT", () => interruption.abort());
process.on("SIGTERM", () => interruption.abort());

async function main(): Promise<number> {
  let given: ReturnType<typeof parsed>;
  try {
    given = parsed();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { names, inputs, seed, input, write, record } = given;
  if (input !== undefined) {
    await showInput(names[0]!, { seed, index: input, write });
    return 0;
  }
  let found = 0;
  for (const name of names) {
    if (interruption.signal.aborted) break;
    const result = await run(name, inputs, seed);
    found += result.tally.found;
    if (record !== undefined && !interruption.signal.aborted) await recorded(record, { name, seed, result });
  }
  if (interruption.signal.aborted) return 130;
  return found > 0 ? 1 : 0;
}

function parsed() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      inputs: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      input: { type: "string" },
      write: { type: "string" },
      record: { type: "string" },
    },
  });
  const whole = (text: string, name: string): number => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new Error(`--${name} must be a whole number.`);
  };
  const known = parsers.map(({ name }) => name);
  const names = positionals.includes("all") ? known : positionals;
  const unknown = names.find((name) => !known.includes(name));
  if (names.length === 0 || unknown !== undefined)
    throw new Error(`There is no parser ${unknown ?? "given"}.`);
  return {
    names,
    inputs: whole(values.inputs, "inputs"),
    seed: whole(values.seed, "seed"),
    input: values.input === undefined ? undefined : whole(values.input, "input"),
    write: values.write,
    record: values.record,
  };
}

async function run(name: string, inputs: number, seed: number): Promise<CampaignResult> {
  const shown = process.stderr.isTTY === true;
  const result = await campaign({
    parser: name,
    inputs,
    seed,
    signal: interruption.signal,
    progress: (tally, seconds) => {
      if (!shown) return;
      const rate = Math.round(tally.inputs / seconds);
      process.stderr.write(`\r${name}: ${tally.inputs} of ${inputs}, ${rate}/s, ${tally.found} findings `);
    },
  });
  if (shown) process.stderr.write("\r\x1b[K");
  const { tally, seconds, peakMebibytes } = result;
  console.log(
    `${name}: ${tally.inputs} inputs of seed ${seed} in ${seconds.toFixed(1)} s (${Math.round(tally.inputs / seconds)}/s), ${tally.read} read, ${tally.refused} refused, slowest ${tally.slowest.milliseconds.toFixed(1)} ms (input ${tally.slowest.index}), peak ${Math.round(peakMebibytes)} MiB, ${tally.found} findings`,
  );
  for (const finding of tally.findings) console.log(described(name, seed, finding));
  return result;
}

const described = (name: string, seed: number, { index, what }: Finding): string =>
  `  ${what}\n    npm run fuzz -- ${name} --seed ${seed} --input ${index} --write FILE`;

interface Shown {
  readonly seed: number;
  readonly index: number;
  readonly write: string | undefined;
}

/** Reads one input, here: what is thrown is shown as it is. */
async function showInput(name: string, { seed, index, write }: Shown): Promise<void> {
  const parser = await parserCalled(name).open();
  const input = new Inputs(parser, seed).input(index);
  if (write !== undefined) writeFileSync(write, input.bytes);
  console.log(`${input.bytes.length} bytes, made from seed file ${input.seed}`);
  await parser.read(input.bytes, input.seed).then(
    () => console.log("read"),
    (error) => console.log(error),
  );
  await parser.close?.();
}

async function recorded(
  file: string,
  { name, seed, result }: { readonly name: string; readonly seed: number; readonly result: CampaignResult },
): Promise<void> {
  const parser = await parserCalled(name).open();
  const everyLength = new Inputs(parser, seed).untilEveryLength <= result.tally.inputs;
  await parser.close?.();
  const page = existsSync(file) ? readFileSync(file, "utf8") : "# Hostile input\n";
  await writeFileAtomically(file, withRun(page, { ...result, parser: name, seed, commit, everyLength }));
}

function git(...words: string[]): string {
  try {
    return execFileSync("git", words, { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

process.exitCode = await main();
