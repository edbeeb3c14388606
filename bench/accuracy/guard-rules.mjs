/**
 * What detectors and ways to join the guard's parts make of the images that `guard-evidence.mjs` kept. Validation images calibrate;
 * each is measured as if it had not been among those that standardise. Nothing here looks at a test image.
 *
 * usage: node bench/accuracy/guard-rules.mjs EVIDENCE [ALPHA]
 */
import { readFileSync } from "node:fs";
import { deserialize } from "node:v8";
import { UserError } from "../../dist/base/index.js";
import { auroc } from "../../dist/evaluation/index.js";
import { shrunkenScale, standardised } from "../../dist/ood/dataset-scales.js";
import { detectors } from "../../dist/ood/detectors/index.js";
import { signatureVariants } from "../../dist/ood/detectors/signature-variants.js";
import { fitGuardModel } from "../../dist/ood/guard.js";
import { guardParts, joinedMeasure, measuresOf, scoreParts } from "../../dist/ood/guard-parts.js";
import { standardisationOf } from "../../dist/ood/nearest.js";
import { fitThreshold } from "../../dist/ood/thresholds/index.js";

const [file, alpha = "0.1"] = process.argv.slice(2);
const seen = deserialize(readFileSync(file));
const evidenceOf = (wanted) => seen.filter(({ kind }) => wanted(kind)).map(({ evidence }) => evidence);
const training = evidenceOf((kind) => kind === "train");
const usual = evidenceOf((kind) => kind === "validation");
const unseen = evidenceOf((kind) => kind === "unseen");
const corrupted = evidenceOf((kind) => !["train", "validation", "unseen"].includes(kind));

function report(name, familiar, score) {
  const threshold = fitThreshold(familiar, { rule: "conformal", alpha: Number(alpha) });
  const figures = [unseen, corrupted].flatMap((images) => {
    const scores = images.map(score);
    const refused = scores.filter((one) => one > threshold).length / scores.length;
    return [auroc(familiar, scores).toFixed(3), refused.toFixed(2)];
  });
  console.log(`| ${[name, ...figures].join(" | ")} |`);
}

/** What standardises each part: the spread of all images, or of those of a dataset, drawn towards that of all. */
function scalesOf(images, byDataset) {
  const spread = (own, part) => standardisationOf(own.map(({ parts }) => parts[part]));
  return (dataset, part) => {
    const all = spread(images, part);
    const own = byDataset ? images.filter((image) => image.dataset === dataset) : [];
    return shrunkenScale(() => spread(own, part), own.length, all);
  };
}

const joins = { mean: joinedMeasure, largest: (parts) => Math.max(...Object.values(parts)) };
const inScale = ({ dataset, parts }, scales) =>
  Object.fromEntries(guardParts.map((part) => [part, standardised(parts[part], scales(dataset, part))]));

console.log("| rule | unseen: AUROC | refused | corrupted: AUROC | refused |\n|---|---|---|---|---|");
const { model } = fitGuardModel(training);
const look = (evidence) => {
  const scores = scoreParts(model, evidence);
  return { dataset: scores.signature.nearest.dataset, parts: measuresOf(scores) };
};
const familiar = usual.map(look);
for (const [name, join] of Object.entries(joins)) {
  for (const byDataset of [false, true]) {
    const scales = scalesOf(familiar, byDataset);
    const own = familiar.map((image, at) =>
      join(inScale(image, scalesOf(familiar.toSpliced(at, 1), byDataset))),
    );
    const words = `${name} of the parts, standardised by ${byDataset ? "images of the nearest dataset" : "all images"}`;
    report(words, own, (evidence) => join(inScale(look(evidence), scales)));
  }
}
const variants = signatureVariants(Object.keys(training[0].layers));
for (const [name, detector] of Object.entries({ ...detectors, ...variants })) {
  let fitted;
  try {
    fitted = detector.fit(training, undefined, usual);
    report(name, fitted.heldOut ?? usual.map((evidence) => fitted.score(evidence)), (evidence) =>
      fitted.score(evidence),
    );
  } catch (error) {
    // It looks at what was not kept: several predictions, masks, a classifier.
    if (!(error instanceof UserError)) throw error;
  }
}
