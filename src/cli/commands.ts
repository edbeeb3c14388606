/** The commands' work by name. What is given to it is plain data, for the work runs in a thread of its own. */

import type { WorkHooks } from "../base/index.js";
import type { Device, Engine } from "../graph/index.js";
import { type BundleOptions, bundle } from "./bundle.js";
import { demo } from "./demo.js";
import { type EvaluateOptions, evaluate } from "./evaluate.js";
import { guardCheck } from "./guard/check.js";
import { guardFit } from "./guard/fit.js";
import {
  type ImportBundleOptions,
  type ImportPlansOptions,
  importBundle,
  importPlans,
} from "./guard/import.js";
import { guardLayers } from "./guard/layers.js";
import { type InspectOptions, inspect } from "./inspect.js";
import { type PackCommandOptions, pack } from "./pack.js";
import { predict } from "./predict.js";
import { type StudyOptions, study } from "./study.js";
import { type TrainOptions, train } from "./train.js";

type InspectGiven = InspectOptions & { readonly folder: string };
type TrainGiven = TrainOptions & { readonly path: string };
type BundleGiven = BundleOptions & { readonly path: string };
type PackGiven = PackCommandOptions & { readonly folder: string };
type EvaluateGiven = EvaluateOptions & { readonly folder: string };
type StudyGiven = StudyOptions & { readonly path: string };

/** Each resolves to the exit status. To add one, write its file, name it here, and say in main.ts how it is called. */
export const commands = {
  demo: ({ out }: { readonly out: string }, engine: Engine, hooks: WorkHooks) => demo(out, engine, hooks),
  inspect: ({ folder, ...options }: InspectGiven, _: Engine, hooks: WorkHooks) =>
    inspect(folder, options, hooks),
  train: ({ path, ...options }: TrainGiven, engine: Engine, hooks: WorkHooks) =>
    train(path, options, engine, hooks),
  bundle: ({ path, ...options }: BundleGiven, engine: Engine, hooks: WorkHooks) =>
    bundle(path, options, engine, hooks),
  pack: ({ folder, ...options }: PackGiven, engine: Engine, hooks: WorkHooks) =>
    pack(folder, options, engine, hooks),
  study: ({ path, ...options }: StudyGiven, engine: Engine, hooks: WorkHooks) =>
    study(path, options, engine, hooks),
  evaluate: ({ folder, ...options }: EvaluateGiven, engine: Engine, hooks: WorkHooks) =>
    evaluate(folder, options, engine, hooks),
  predict,
  guardCheck,
  guardFit,
  guardLayers,
  importPlans: (given: ImportPlansOptions, _: Engine, __: WorkHooks) => importPlans(given),
  importBundle: (given: ImportBundleOptions, _: Engine, __: WorkHooks) => importBundle(given),
};

export type CommandName = keyof typeof commands;

export type CommandArguments = { [Name in CommandName]: Parameters<(typeof commands)[Name]>[0] };

/** A command to be run. */
export type CommandCall = {
  [Name in CommandName]: {
    readonly name: Name;
    readonly given: CommandArguments[Name];
    /** What its networks run on. */
    readonly device?: Device;
    /** Threads of the engine; default: all cores. */
    readonly threads?: number;
  };
}[CommandName];
