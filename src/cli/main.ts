#!/usr/bin/env node
/** The command line. Data goes to stdout, progress and errors to stderr. */
import "../run/engines/without-telemetry.js";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MAXIMUM_NETWORKS } from "../bundle/manifest.js";
import { type Device, devices } from "../graph/index.js";
import { flipsAlong } from "../inference/index.js";
import { resultFormatNames } from "../prediction/result-format-names.js";
import { MAXIMUM_THREADS } from "../run/engines/threads.js";
import { type LogLevel, logLevels } from "../server/http/log-levels.js";
import type { ServeOptions } from "../server/serve.js";
import type { WorkOptions } from "../server/work.js";
import { failureOf, failureText } from "../threads/failure.js";
import { anatomicalAxes, type Modality, modalities } from "../volume/index.js";
import type { BundleAndImages } from "./bundle-argument.js";
import type { CommandArguments } from "./commands.js";
import { exitStatus } from "./exit-status.js";
import { survivesClosedReaders } from "./output.js";
import { byteSize, duration } from "./quantities.js";
import { runCommand } from "./run-command.js";
import type { TokenOptions } from "./serve.js";

const VERSION = "0.1.0";

const program = new Command("sureseg")
  .description("3-D medical image segmentation that says when not to trust it")
  .version(VERSION)
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
const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`expected a whole number from ${from} to ${to}`);
  };
const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number between 0 and 1");
  return value;
};
const confidence = (): Option =>
  new Option(
    "--confidence <share>",
    "promise that the false alarms of this one guard stay at or below alpha with this probability",
  ).argParser(rate);
const FINAL = "test images, once measured, calibrate the bundle that ships";
const threads = (): Option =>
  new Option("--threads <n>", "threads of the engine (default: all cores)").argParser(
    wholeNumber(1, MAXIMUM_THREADS),
  );
const series = (): Option =>
  new Option(
    "--series <n>",
    "which volume, where DICOM files hold several: its number in the list, or its UID",
  );
const IMAGES = "NIfTI, NRRD or MetaImage files; folders or zips of DICOM files, multi-frame DICOM files";
const BUNDLE_AND_IMAGES = `${IMAGES}; before them, where it is not the one that comes with sureseg, the folder of a bundle`;
const bundleOption = (): Option =>
  new Option("--bundle <folder>", "the bundle; all other words are then images");
/** Each holds a whole study's data. */
const MAXIMUM_PROCESSES = 64;
const quiet = (): Option => new Option("--quiet", "no progress display").default(false);

interface Quiet {
  readonly quiet: boolean;
}

/** Options of every command that computes. */
interface Shared extends Quiet {
  readonly device: Device;
}

/** Options of commands that compute and have no configuration to say on how many threads. */
interface Threaded extends Shared {
  readonly threads?: number;
}

/** Options of commands that take a bundle and images. */
interface ChosenBundle {
  readonly bundle?: string;
}

/** Loaded when it is wanted: help answers at once. */
const toldApart = async (words: readonly string[], chosen: string | undefined): Promise<BundleAndImages> =>
  (await import("./bundle-argument.js")).bundleAndImages(words, chosen);

/** Options of `serve` whose names on the command line are shorter than what they are. */
interface ServeFlags
  extends Omit<
    ServeOptions,
    | "bundles"
    | "version"
    | "maxUploadBytes"
    | "maxUnpackedBytes"
    | "maxSeconds"
    | "idleSeconds"
    | "keepSeconds"
    | "maxAgeSeconds"
    | "logLevel"
  > {
  readonly maxUpload: number;
  readonly maxUnpacked: number;
  readonly maxTime: number;
  readonly maxIdle: number;
  readonly keep: number;
  readonly maxAge: number;
  readonly log: LogLevel;
}

interface WorkerFlags
  extends Omit<
    WorkOptions,
    "bundles" | "maxUploadBytes" | "maxUnpackedBytes" | "maxSeconds" | "silenceSeconds" | "logLevel"
  > {
  readonly maxUpload: number;
  readonly maxUnpacked: number;
  readonly maxTime: number;
  readonly maxSilence: number;
  readonly log: LogLevel;
}

/** What whoever works jobs is told, a server or a worker. */
const dicomweb = (): Option =>
  new Option("--dicomweb <url>", "archive that series come from and segmentations go to");

const dicomwebCredentials = (): Option =>
  new Option("--dicomweb-credentials <file>", "with user:password, or Bearer TOKEN, for the archive");

const maxUnpacked = (): Option =>
  new Option("--max-unpacked <size>", "of one image, as it says of itself")
    .argParser(byteSize)
    .default(byteSize("2GiB"));

const maxTime = (): Option =>
  new Option("--max-time <time>", "of one job").argParser(duration).default(duration("15m"));

const jobsAtOnce = (): Option =>
  new Option("--jobs <n>", "jobs that are worked at once").argParser(wholeNumber(1, 64)).default(1);

const logLevel = (): Option =>
  new Option("--log <level>", "lines of JSON on stderr").choices(logLevels).default("info");

const device = (): Option =>
  new Option("--device <device>", "what networks run on; webgpu needs a graphics card")
    .choices([...devices])
    .default("cpu");

program
  .command("demo")
  .description("phantom datasets -> joint training -> evaluation -> guard -> report, offline")
  .option("--out <folder>", "where to write", "runs/demo")
  .addOption(device())
  .addOption(quiet())
  .action(({ quiet, device, ...given }: CommandArguments["demo"] & Shared) =>
    runCommand({ name: "demo", given, device }, { quiet }),
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
  .addOption(quiet())
  .action(
    (
      folder: string,
      {
        quiet,
        picture,
        ...options
      }: Omit<CommandArguments["inspect"], "folder" | "picture"> & Quiet & { picture?: string | boolean },
    ) => {
      // Commander gives `true` for a negatable option that nobody gave.
      const given = { ...options, folder, picture: picture === true ? undefined : picture };
      return runCommand({ name: "inspect", given }, { quiet });
    },
  );

program
  .command("train")
  .argument("<configuration>", "YAML file")
  .description("train one network as a configuration says, and pack it as a bundle")
  .addOption(new Option("--resume", "go on from the last checkpoint").default(false).conflicts("overwrite"))
  .option("--overwrite", "replace the run that is in the output folder", false)
  .addOption(
    new Option(
      "--folds <k>",
      "train k networks, in which every image is held out once, and pack them as one ensemble",
    ).argParser(wholeNumber(2, MAXIMUM_NETWORKS)),
  )
  .option("--final", `measure the test images, then pack again: ${FINAL}`, false)
  .addOption(device())
  .addOption(quiet())
  .action((path: string, { quiet, device, ...options }: Omit<CommandArguments["train"], "path"> & Shared) =>
    runCommand({ name: "train", given: { path, ...options }, device }, { quiet }),
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
  .addOption(confidence())
  .option("--final", FINAL, false)
  .option("--out <folder>", "where the bundle goes (default: in place of the run's own)")
  .option("--overwrite", "replace what is in the folder of --out", false)
  .addOption(device())
  .addOption(quiet())
  .action(
    (folder: string, { quiet, device, ...options }: Omit<CommandArguments["pack"], "folder"> & Shared) =>
      runCommand({ name: "pack", given: { folder, ...options }, device }, { quiet }),
  );

program
  .command("bundle")
  .argument("<configuration>", "YAML file; its datasets are relative to the folder of --data")
  .description("train a network to be passed on: measured on held-out volumes, its weights in half precision")
  .addOption(
    new Option("--data <folder>", "folder that the datasets are in")
      .env("SURESEG_DATA")
      .default("../shared/data"),
  )
  .option("--out <folder>", "where the bundle goes; an earlier bundle there is replaced", "bundle")
  .option("--foreign <folder...>", "folders of images that the guard should recognise as foreign")
  .addOption(new Option("--resume", "go on from the last checkpoint").default(false).conflicts("overwrite"))
  .option("--overwrite", "replace the run that is in the output folder", false)
  .addOption(device())
  .addOption(quiet())
  .action((path: string, { quiet, device, ...options }: Omit<CommandArguments["bundle"], "path"> & Shared) =>
    runCommand({ name: "bundle", given: { path, ...options }, device }, { quiet }),
  );

program
  .command("study")
  .argument("<configuration>", "YAML file")
  .description(
    "compare strategies and detectors as a configuration says, and report; what is done is never repeated",
  )
  .option("--plan", "list what would be done and how long it would take", false)
  .option("--shard <i/n>", "do part i of n alone, for arrays of jobs; run again without it for the report")
  .option(
    "--processes <n>",
    "processes that share the work on this machine",
    wholeNumber(1, MAXIMUM_PROCESSES),
    1,
  )
  .addOption(threads())
  .addOption(device())
  .addOption(quiet())
  .action((path: string, { quiet, device, ...options }: Omit<CommandArguments["study"], "path"> & Shared) =>
    runCommand({ name: "study", given: { path, ...options, device }, device }, { quiet }),
  );

program
  .command("evaluate")
  .argument("<run>", "folder of a finished training run; or of a bundle, with --images and --labels")
  .description("measure accuracy, calibration and guard on the held-out volumes")
  .option("--images <folder>", "for a bundle: images that it has not seen")
  .option(
    "--labels <folder>",
    "for a bundle: label files called as the images, values as its masks have them",
  )
  .addOption(modality())
  .option("--foreign <folder...>", "folders of images that the guard should recognise as foreign")
  .addOption(device())
  .option("--json", "print the evaluation as JSON", false)
  .addOption(quiet())
  .action(
    (folder: string, { quiet, device, ...options }: Omit<CommandArguments["evaluate"], "folder"> & Shared) =>
      runCommand({ name: "evaluate", given: { folder, ...options }, device }, { quiet }),
  );

program
  .command("predict")
  .usage("[options] [bundle] <image...>")
  .argument("<image...>", BUNDLE_AND_IMAGES)
  .addOption(bundleOption())
  .description(
    "write a mask, a confidence map and a verdict for each image; exit status 3 where some are foreign",
  )
  .option("--out <folder>", "where to write", ".")
  .addOption(modality())
  .addOption(series())
  .option("--ensemble <bundle...>", "also write maps of entropy and mutual information: with these bundles")
  .addOption(
    new Option("--flips <n>", "also write maps of entropy and mutual information: with n mirrored copies")
      .default(0)
      .argParser(wholeNumber(0, flipsAlong(anatomicalAxes).length)),
  )
  .addOption(
    new Option(
      "--format <format>",
      "of the results (default: that of the image, NIfTI for DICOM); dicom-seg: segmentations that refer to the series",
    ).choices(resultFormatNames),
  )
  .addOption(threads())
  .addOption(device())
  .option("--overwrite", "replace results that are there already", false)
  .option("--json", "one JSON object a line", false)
  .addOption(quiet())
  .action(
    async (
      words: string[],
      {
        quiet,
        device,
        threads,
        bundle,
        ...options
      }: Omit<CommandArguments["predict"], "bundle" | "images"> & Threaded & ChosenBundle,
    ) => {
      const given = { ...options, ...(await toldApart(words, bundle)) };
      await runCommand({ name: "predict", given, device, threads }, { quiet });
    },
  );

const guard = program
  .command("guard")
  .description("the guard by itself, also for networks of other software");

guard
  .command("layers")
  .argument("<model>", "ONNX file")
  .description("list the layers of a network that a guard could tap; a star marks those that it does")
  .option("--input <name>", "the input that images go into, where there are several")
  .option("--json", "print everything as JSON", false)
  .addOption(device())
  .addOption(quiet())
  .action(
    (model: string, { quiet, device, ...options }: Omit<CommandArguments["guardLayers"], "model"> & Shared) =>
      runCommand({ name: "guardLayers", given: { model, ...options }, device }, { quiet }),
  );

guard
  .command("import-plans")
  .argument("<plans>", "nnU-Net's plans.json")
  .argument("<dataset>", "nnU-Net's dataset.json")
  .description("write the network file of a network that nnU-Net trained")
  .option("--configuration <name>", "of the plans", "3d_fullres")
  .option(
    "--mirroring <axis...>",
    "average mirrored copies along these axes of the network, as nnU-Net does (0 1 2); default: none",
    (text: string, before: number[] = []) => [...before, wholeNumber(0, 2)(text)],
  )
  .requiredOption("--out <file>", "where the network file goes")
  .action(
    (plans: string, dataset: string, options: Omit<CommandArguments["importPlans"], "plans" | "dataset">) =>
      runCommand({ name: "importPlans", given: { plans, dataset, ...options } }, { quiet: true }),
  );

guard
  .command("import-bundle")
  .argument("<inference>", "configs/inference.json of a MONAI bundle")
  .description("write the network file of a MONAI bundle")
  .option("--metadata <file>", "configs/metadata.json: names of classes, modality")
  .option(
    "--regions <name=values...>",
    "channels that may overlap, in the order of painting, the last on top; masks get the first of the label values",
  )
  .addOption(modality())
  .requiredOption("--out <file>", "where the network file goes")
  .action((inference: string, options: Omit<CommandArguments["importBundle"], "inference">) =>
    runCommand({ name: "importBundle", given: { inference, ...options } }, { quiet: true }),
  );

guard
  .command("fit")
  .description("make a guarded bundle of a network of other software, without training and without labels")
  .requiredOption("--model <file>", "ONNX file")
  .requiredOption("--images <folder>", "images that the network is meant for")
  .requiredOption(
    "--preparation <file>",
    "network file: how its own software prepares images (docs/any-model.md)",
  )
  .requiredOption("--out <folder>", "where the bundle goes")
  .option("--labels <folder>", "label files called as the images: also fits the temperature, and measures")
  .option("--layers <name...>", "layers to tap, instead of those that `guard layers` marks")
  .addOption(new Option("--alpha <rate>", "promised rate of false alarms").default(0.1).argParser(rate))
  .addOption(confidence())
  .addOption(
    new Option("--form <form>", "how singular values become a signature")
      .choices(["per-voxel", "paper"])
      .default("per-voxel"),
  )
  .option("--overwrite", "replace what is in the folder of --out", false)
  .addOption(threads())
  .addOption(device())
  .addOption(quiet())
  .action(({ quiet, device, threads, ...given }: CommandArguments["guardFit"] & Threaded) =>
    runCommand({ name: "guardFit", given, device, threads }, { quiet }),
  );

guard
  .command("check")
  .usage("[options] [bundle] <image...>")
  .argument("<image...>", BUNDLE_AND_IMAGES)
  .addOption(bundleOption())
  .description("print the verdict on each image and write nothing; exit status 3 where some are foreign")
  .addOption(modality())
  .addOption(series())
  .addOption(threads())
  .addOption(device())
  .option("--json", "one JSON object a line", false)
  .addOption(quiet())
  .action(
    async (
      words: string[],
      {
        quiet,
        device,
        threads,
        bundle,
        ...options
      }: Omit<CommandArguments["guardCheck"], "bundle" | "images"> & Threaded & ChosenBundle,
    ) => {
      const given = { ...options, ...(await toldApart(words, bundle)) };
      await runCommand({ name: "guardCheck", given, device, threads }, { quiet });
    },
  );

program
  .command("serve")
  .argument("[bundle...]", "folders of bundles; NAME=FOLDER gives a name")
  .description("serve bundles over HTTP, and the page that uses them; see docs/server.md")
  .option("--host <address>", "to listen on; beyond loopback only with --tokens", "127.0.0.1")
  .option("--port <n>", "to listen on; 0 takes any that is free", wholeNumber(0, 65_535), 8080)
  .option("--tokens <file>", "ask for a token of this file (made by `sureseg token`)")
  .addOption(dicomweb())
  .addOption(dicomwebCredentials())
  .option("--queue <url>", "redis://HOST:PORT, whose workers work the jobs (default: this process does)")
  .option("--page <folder>", "folder of the built page (default: app/dist, where it is there)")
  .option("--allow-origin <origin...>", "other pages that may ask: https://viewer.example", [])
  .option("--allow-host <name...>", "names that the server is known by, behind a proxy for example", [])
  .option("--work <folder>", "where jobs are kept (default: a folder for temporary files)")
  .option("--keep <time>", "how long results are kept", duration, duration("1h"))
  .option("--max-age <time>", "of a job that is not done; it is then deleted", duration, duration("1d"))
  .option("--max-upload <size>", "of one upload", byteSize, byteSize("1GiB"))
  .addOption(maxUnpacked())
  .option("--max-queue <n>", "jobs that may wait; more are refused with 429", wholeNumber(1, 10_000), 32)
  .option("--max-kept <n>", "jobs on disk, results that are kept included", wholeNumber(1, 100_000), 256)
  .addOption(maxTime())
  .option("--max-idle <time>", "longest silence in an upload", duration, duration("30s"))
  .addOption(jobsAtOnce())
  .addOption(threads())
  .addOption(device())
  .addOption(logLevel())
  .action(
    async (
      bundles: string[],
      { maxUpload, maxUnpacked, maxTime, maxIdle, keep, maxAge, log, ...given }: ServeFlags,
    ) => {
      const { serve } = await import("./serve.js");
      await serve({
        ...given,
        bundles,
        version: VERSION,
        maxUploadBytes: maxUpload,
        maxUnpackedBytes: maxUnpacked,
        maxSeconds: maxTime,
        idleSeconds: maxIdle,
        keepSeconds: keep,
        maxAgeSeconds: maxAge,
        logLevel: log,
      });
    },
  );

program
  .command("worker")
  .argument("<bundle...>", "folders of bundles, as the servers have them; NAME=FOLDER gives a name")
  .description("work the jobs of servers with the same --queue; see docs/server.md")
  .requiredOption("--queue <url>", "redis://HOST:PORT, as the servers have it")
  .requiredOption("--work <folder>", "where jobs are kept, as the servers have it")
  .addOption(dicomweb())
  .addOption(dicomwebCredentials())
  .option("--max-upload <size>", "of one series of the archive", byteSize, byteSize("1GiB"))
  .addOption(maxUnpacked())
  .addOption(maxTime())
  .option("--max-silence <time>", "of a worker, before others take its job over", duration, duration("30s"))
  .addOption(jobsAtOnce())
  .addOption(threads())
  .addOption(device())
  .addOption(logLevel())
  .action(
    async (
      bundles: string[],
      { maxUpload, maxUnpacked, maxTime, maxSilence, log, ...given }: WorkerFlags,
    ) => {
      const { work } = await import("./serve.js");
      await work({
        ...given,
        bundles,
        maxUploadBytes: maxUpload,
        maxUnpackedBytes: maxUnpacked,
        maxSeconds: maxTime,
        silenceSeconds: maxSilence,
        logLevel: log,
      });
    },
  );

program
  .command("token")
  .argument("<client>", "what logs call whoever has the token: a program, no person")
  .description("make a token for a client of the server, and print it; its hash alone is kept")
  .requiredOption("--tokens <file>", "where hashes are kept")
  .option("--revoke", "take the client's token back instead", false)
  .action(async (client: string, options: TokenOptions) => {
    const { token } = await import("./serve.js");
    await token(client, options);
  });

survivesClosedReaders();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitStatus.usage;
  } else {
    process.stderr.write(failureText(failureOf(error)));
    process.exitCode = exitStatus.error;
  }
}
