/** `sureseg guard check BUNDLE IMAGE...`: the verdict on each image, without a mask and without writing anything. */
import type { WorkHooks } from "../../base/index.js";
import { checkImage, likelyModality, type OpenedBundle, openNetworks } from "../../bundle/index.js";
import type { CaseFiles } from "../../dataset/index.js";
import type { Engine } from "../../graph/index.js";
import type { Verdict } from "../../ood/index.js";
import { casesOfGiven, type GivenImages, readGivenImage } from "../../prediction/given-images.js";
import { spokenVerdict, verdictLine } from "../../prediction/spoken-verdict.js";
import { readBundleFolder } from "../../run/bundle-folder.js";
import { eachCase } from "../each-case.js";
import { tellWarnings } from "../warn.js";

export interface GuardCheckOptions extends GivenImages {
  /** Folder of the bundle. */
  readonly bundle: string;
  readonly json: boolean;
}

/** @returns exit status: 0 all trusted, 3 some foreign, 1 some could not be used */
export async function guardCheck(
  options: GuardCheckOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const bundle = await readBundleFolder(options.bundle);
  const cases = casesOfGiven(options, bundle);
  const opened = await openNetworks(engine, bundle);
  try {
    hooks.stage("checking", cases.length, "images");
    return await eachCase(cases, (files) => checkCase(opened, files, options, hooks), hooks);
  } finally {
    await opened.session.release();
  }
}

async function checkCase(
  opened: OpenedBundle,
  files: CaseFiles,
  { json }: GuardCheckOptions,
  hooks: WorkHooks,
): Promise<Verdict> {
  const image = await readGivenImage(files, opened.bundle, (unknown) =>
    likelyModality(opened, unknown, hooks.signal),
  );
  const { verdict, ...said } = await checkImage(opened, image, hooks.signal);
  const warnings = [...image.volume.source.warnings, ...said.warnings];
  tellWarnings(image.name, warnings);
  const line = json
    ? JSON.stringify({ image: image.name, ...spokenVerdict(opened.bundle, verdict, warnings) })
    : verdictLine(image.name, verdict);
  process.stdout.write(`${line}\n`);
  return verdict;
}
