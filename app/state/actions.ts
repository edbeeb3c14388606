/** What a person can do. Every action ends with the page ready for the next one, whatever failed. */
import { proxy } from "comlink";
import { Computer } from "../compute/computer.js";
import { failureOf } from "../compute/failure.js";
import type {
  Given,
  ModalityChoice,
  ResultFacts,
  ResultForm,
  ScanFacts,
  SeriesQuestion,
} from "../compute/protocol.js";
import { shippedBundle } from "../input/shipped-bundle.js";
import { saveFile } from "../results/save-file.js";
import { TokenWanted } from "../server/page-server.js";
import { texts } from "../texts.js";
import { computeThere, stopThere } from "./compute-there.js";
import { failureWords, leavesWorker } from "./failure-words.js";
import {
  bundle,
  failure,
  type Place,
  place,
  result,
  revealed,
  type ScanGiven,
  scan,
  servedBundle,
  server,
  spoken,
  viewChoices,
  type WorkState,
  work,
} from "./page-state.js";
import { firstOfServer, lock, meetServer, pageServer, unlock } from "./server-actions.js";

const device = new URL(location.href).searchParams.get("device");
const computer = new Computer({
  runtimeFolder: new URL("onnxruntime/", document.baseURI).href,
  ...(device === "webgpu" || device === "cpu" ? { device } : {}),
});

/** The bundle that is open, or is to be: a worker that takes another's place must be given it again. */
let current: Given | undefined;

/** The opening of `current`; scans wait for it. */
let opening: Promise<void> = Promise.resolve();

/** Opens the bundle that came with the page, else the first of the server, where there is one. */
export function start(): Promise<void> {
  opening = openFirst(firstBundle());
  return opening;
}

async function firstBundle(): Promise<Given | undefined> {
  await meetServer();
  return (await shippedBundle()) ?? (await firstOfServer());
}

/** A person gave a token for the server. Its networks can be had now, where the page came without one. */
export async function giveToken(token: string): Promise<void> {
  try {
    if (!(await unlock(token))) return;
    await opening;
    if (current === undefined) await openAnother(firstOfServer());
  } catch (error) {
    tell(error);
  }
}

/** A network of the server takes the place of the one that is open. */
export async function takeNetwork(name: string): Promise<void> {
  const { value } = server;
  const wanted = value.at === "open" ? value.bundles.find((one) => one.name === name) : undefined;
  if (wanted !== undefined && pageServer !== undefined) await openAnother(pageServer.bundle(wanted));
}

async function openAnother(giving: Promise<Given | undefined>): Promise<void> {
  const before = current;
  if (isWorking(work.value)) cancel();
  clear();
  work.value = { at: "idle" };
  opening = openFirst(giving);
  await opening;
  if (current === undefined && before !== undefined) opening = openFirst(before);
}

async function openFirst(giving: Given | undefined | Promise<Given | undefined>): Promise<void> {
  try {
    current = await giving;
    if (current === undefined) bundle.value = { at: "missing" };
    else await open(current);
  } catch (error) {
    // Whoever ended the worker opens it again.
    if (failureOf(error).kind === "cancelled") return;
    current = undefined;
    bundle.value = { at: "missing" };
    tell(error);
  }
}

async function open(given: Given): Promise<void> {
  bundle.value = { at: "loading" };
  const facts = await computer.run((worker) => worker.openBundle(given));
  current = given;
  bundle.value = { at: "open", facts };
  spoken.value = facts.card.name;
}

/** What was given last; whatever was given before is forgotten, even while its folders are still being listed. */
let latest: unknown;

/** A scan or a bundle was given; it takes the place of whatever is being done. */
export async function take(giving: Given | Promise<Given>): Promise<void> {
  latest = giving;
  if (isWorking(work.value)) cancel();
  failure.value = undefined;
  try {
    const given = await giving;
    if (latest !== giving) return;
    work.value = { at: "reading" };
    spoken.value = texts.work.reading;
    if ((await computer.run((worker) => worker.kindOf(given))) === "bundle") await exchange(given);
    else await read(given);
  } catch (error) {
    recover(error);
  }
}

/** A scan that is given meanwhile waits for the new bundle, or for the old one where the new one cannot be opened. */
async function exchange(given: Given): Promise<void> {
  clear();
  work.value = { at: "idle" };
  await opening;
  const before = bundle.value;
  const exchanged = open(given);
  opening = exchanged.catch(() => {});
  try {
    await exchanged;
  } catch (error) {
    if (failureOf(error).kind !== "user") throw error;
    bundle.value = before;
    tell(error);
  }
}

/** @param series number of the volume that is meant, where there were several and the page had to ask */
async function read(given: Given, series?: string): Promise<void> {
  clear();
  await opening;
  const facts = await computer.run<ScanFacts | SeriesQuestion>((worker) => worker.readScan(given, series));
  if ("volumes" in facts) {
    work.value = { at: "choosing", given, volumes: facts.volumes };
    return;
  }
  viewChoices.value = { ...viewChoices.value, channel: 0 };
  scan.value = facts;
  const scanGiven: ScanGiven = { given, series };
  // Before anything leaves the browser.
  if (servedBundle.value !== undefined && place.value === undefined) {
    work.value = { at: "placing", given: scanGiven };
  } else await begin(scanGiven);
}

/** It is known where the scan is computed; whether its kind is too, the scan says. */
async function begin(given: ScanGiven): Promise<void> {
  const choices = scan.value?.question ?? [];
  if (choices.length > 0) work.value = { at: "asking", given, choices };
  else await predict(given, undefined);
}

/** Somebody said where the scan that waits for it, and later ones, are computed. */
export async function choosePlace(chosen: Place): Promise<void> {
  place.value = chosen;
  if (work.value.at === "placing") await begin(work.value.given);
}

/** One of several volumes was chosen. */
export async function choose(given: Given, series: string): Promise<void> {
  work.value = { at: "reading" };
  try {
    await read(given, series);
  } catch (error) {
    recover(error);
  }
}

/** @param modality the answer to the page's question, where it had to ask and somebody knows */
export async function predict(given: ScanGiven, modality: ModalityChoice | undefined): Promise<void> {
  const bundleThere = place.value === "server" ? servedBundle.value : undefined;
  try {
    const facts = await (bundleThere === undefined
      ? predictHere(modality)
      : computeThere(computer, { ...given, bundle: bundleThere.name, modality }));
    result.value = facts;
    work.value = { at: "idle" };
    spoken.value = facts.verdict.foreign ? texts.verdict.foreign : texts.verdict.trusted;
  } catch (error) {
    recover(error);
  }
}

function predictHere(modality: ModalityChoice | undefined): Promise<ResultFacts> {
  work.value = { at: "computing" };
  spoken.value = texts.work.preparing;
  const progress = proxy((done: number, total: number) => {
    if (work.value.at === "computing") work.value = { at: "computing", done, total };
  });
  return computer.run((worker) => worker.predict(modality, progress));
}

export async function save(form: ResultForm): Promise<void> {
  failure.value = undefined;
  work.value = { at: "saving" };
  try {
    saveFile(await computer.run((worker) => worker.save(form)));
    work.value = { at: "idle" };
  } catch (error) {
    recover(error);
  }
}

/** Whether the worker has something to do; while the page asks it has not. */
const isWorking = ({ at }: WorkState): boolean =>
  at !== "idle" && at !== "asking" && at !== "choosing" && at !== "placing";

/** Stops whatever is being done. */
export function cancel(): void {
  stopThere();
  restart();
  spoken.value = texts.work.cancelled;
}

/** Says what failed, and makes the page ready again. */
function recover(error: unknown): void {
  // Whoever cancelled has restarted already.
  if (failureOf(error).kind === "cancelled") return;
  tell(error);
  work.value = { at: "idle" };
  if (!leavesWorker(error)) restart();
}

function tell(error: unknown): void {
  if (error instanceof TokenWanted) lock();
  failure.value = failureWords(error) ?? failure.value;
}

/** A new worker, with the bundle that was open. */
function restart(): void {
  computer.restart();
  clear();
  work.value = { at: "idle" };
  opening = openFirst(current);
}

function clear(): void {
  scan.value = undefined;
  result.value = undefined;
  revealed.value = false;
}
