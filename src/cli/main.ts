#!/usr/bin/env node
/** The command line. Data goes to stdout, progress and errors to stderr. */
import { writeSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Device, devices } from "../graph/index.js";
import { FLIPS } from "../inference/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { type Modality, modalities } from "../volume/index.js";
import { demo } from "./demo.js";
import { evaluate } from "./evaluate.js";
import { inspect } from "./inspect.js";
import { type PackCommandOptions, pack } from "./pack.js";
import { type PredictOptions, predict } from "./predict.js";
import { exitStatus, runCommand } from "./run-command.js";
import { type StudyOptions, study } from "./study.js";
import { type TrainOptions, train } from "./train.js";

const program = new Command("sureseg")
  .description("3-D medical image segmentation that says when not to trust it")
  .version("0.1.0")
  .showSuggestionAfterError()
  .exitOverride();

const modality = (): Option =>
  new Option(
    "--modality <modality>",
    `what the images are (${modalities.join(", ")}); one for each channel with commas between: CT,PET`,
  ).argParser((text): Modality[] =>
    text.split(",").map((word) => {
      const known = modalities.find((one) => one === word.trim());
      if (known === undefined) {
        throw new InvalidArgumentError(`Allowed choices are ${modalities.join(", ")}.`);
      }
      return known;
    }),
  );
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return value;
};
const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number between 0 and 1");
  return value;
};
const flips = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > FLIPS.length)
    throw new InvalidArgumentError(`expected a whole number from 0 to ${FLIPS.length}`);
  return value;
};
const threads = (): Option =>
  new Option("--threads <n>", "threads of the engine (default: all cores)").argParser(count);

const device = (): Option =>
  new Option("--device <device>", "what networks run on; webgpu needs a graphics card")
    .choices([...devices])
    .default("cpu");

program
  .command("demo")
  .description("phantom datasets -> joint training -> evaluation -> guard -> report, offline")
  .option("--out <folder>", "where to write", "runs/demo")
  .addOption(device())
  .option("--quiet", "no progress display", false)
  .action(({ out, device, quiet }: { out: string; device: Device; quiet: boolean }) =>
    runCommand(quiet, (hooks) => demo(out, nodeEngine({ device }), hooks)),
  );

program
  .command("datasets")
  .description("look at datasets")
  .command("inspect")
  .argument("<folder>")
  .description("say what is in a dataset folder, and what is wrong with it")
  .addOption(modality())
  .option("--subjects <csv>", "CSV file with columns dataset, case, subject")
  .option("--picture <file>", "where the picture goes, .png or .svg (default: NAME.png; with --json none)")
  .option("--no-picture", "no picture")
  .option("--json", "print everything as JSON", false)
  .option("--quiet", "no progress display", false)
  .action(
    (
      folder: string,
      options: {
        modality?: readonly Modality[];
        subjects?: string;
        picture?: string | boolean;
        json: boolean;
        quiet: boolean;
      },
    ) => {
      // Commander gives `true` for a negatable option that nobody gave.
      const picture = options.picture === true ? undefined : options.picture;
      return runCommand(options.quiet, (hooks) => inspect(folder, { ...options, picture }, hooks));
    },
  );

program
  .command("train")
  .argument("<configuration>", "YAML file")
  .description("train one network as a configuration says, and pack it as a bundle")
  .addOption(new Option("--resume", "go on from the last checkpoint").default(false).conflicts("overwrite"))
  .option("--overwrite", "replace the run that is in the output folder", false)
  .addOption(device())
  .option("--quiet", "no progress display", false)
  .action((path: string, { device, quiet, ...options }: TrainOptions & { device: Device; quiet: boolean }) =>
    runCommand(quiet, (hooks) => train(path, options, nodeEngine({ device }), hooks)),
  );

program
  .command("pack")
  .argument("<run>", "folder of a trained run")
  .description("make the bundle of a run again from its best weights, without training")
  .addOption(
    new Option("--alpha <rate>", "promise another rate of false alarms than the configuration").argParser(
      rate,
    ),
  )
  .option("--out <folder>", "where the bundle goes (default: in place of the run's own)")
  .option("--overwrite", "replace what is in the folder of --out", false)
  .addOption(device())
  .option("--quiet", "no progress display", false)
  .action(
    (
      folder: string,
      { device, quiet, ...options }: PackCommandOptions & { device: Device; quiet: boolean },
    ) => runCommand(quiet, (hooks) => pack(folder, options, nodeEngine({ device }), hooks)),
  );

program
  .command("study")
  .argument("<configuration>", "YAML file")
  .description(
    "compare strategies and detectors as a configuration says, and report; what is done is never repeated",
  )
  .option("--plan", "list what would be done and how long it would take", false)
  .option("--shard <i/n>", "do part i of n alone, for arrays of jobs; run again without it for the report")
  .option("--processes <n>", "processes that share the work on this machine", count, 1)
  .addOption(threads())
  .addOption(device())
  .option("--quiet", "no progress display", false)
  .action((path: string, options: StudyOptions & { quiet: boolean }) =>
    runCommand(options.quiet, (hooks) => study(path, options, nodeEngine({ device: options.device }), hooks)),
  );

program
  .command("evaluate")
  .argument("<run>", "folder of a finished training run")
  .description("measure accuracy, calibration and guard on the held-out volumes")
  .option("--foreign <folder...>", "folders of images that the guard should recognise as foreign")
  .addOption(device())
  .option("--json", "print the evaluation as JSON", false)
  .option("--quiet", "no progress display", false)
  .action((folder: string, options: { foreign?: string[]; device: Device; json: boolean; quiet: boolean }) =>
    runCommand(options.quiet, (hooks) =>
      evaluate(folder, options, nodeEngine({ device: options.device }), hooks),
    ),
  );

program
  .command("predict")
  .argument("<bundle>", "folder of a bundle")
  .argument("<image...>", "NIfTI files")
  .description(
    "write a mask, a confidence map and a verdict for each image; exit status 3 where some are foreign",
  )
  .option("--out <folder>", "where to write", ".")
  .addOption(modality())
  .option("--ensemble <bundle...>", "also write maps of entropy and mutual information: with these bundles")
  .addOption(
    new Option("--flips <n>", "also write maps of entropy and mutual information: with n mirrored copies")
      .default(0)
      .argParser(flips),
  )
  .addOption(threads())
  .addOption(device())
  .option("--overwrite", "replace results that are there already", false)
  .option("--json", "one JSON object a line", false)
  .option("--quiet", "no progress display", false)
  .action((bundle: string, images: string[], options: PredictOptions & { device: Device; quiet: boolean }) =>
    runCommand(options.quiet, (hooks) =>
      predict(bundle, images, options, nodeEngine({ device: options.device }), hooks),
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitStatus.usage;
  } else {
    writeSync(2, `${(error as Error).stack ?? error}\nThis is a defect of sureseg; please report it.\n`);
    process.exitCode = exitStatus.error;
  }
}
