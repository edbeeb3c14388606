/**
 * What detectors and ways to join the guard's parts make of the images that `guard-evidence.mjs` kept. Validation images calibrate;
 * each is measured as if it had not been among those that standardise. Nothing here looks at a test image.
 *
 * usage: node bench/accuracy/guard-rules.mjs EVIDENCE [ALPHA]
 */
import { readFileSync } from "node:fs";
import { deserialize } from "node:v8";
import { detectors } from "../../dist/ood/detectors/index.js";
import { signatureVariants } from "../../dist/ood/detectors/signature-variants.js";
import { fitGuardModel } from "../../dist/ood/guard.js";
import { guardParts, measuresOf, scoreParts } from "../../dist/ood/guard-parts.js";
import { fitThreshold } from "../../dist/ood/thresholds/index.js";

const [file, alpha = "0.1"] = process.argv.slice(2);
const seen = deserialize(readFileSync(file));
const evidenceOf = (wanted) => seen.filter(({ kind }) => wanted(kind)).map(({ evidence }) => evidence);
const training = evidenceOf((kind) => kind === "train");
const usual = evidenceOf((kind) => kind === "validation");
const unseen = evidenceOf((kind) => kind === "unseen");
const corrupted = evidenceOf((kind) => !["train", "validation", "unseen"].includes(kind));

const countAbove = (score, scores) =>
  scores.reduce((sum, other) => sum + (score > other ? 1 : score === other ? 0.5 : 0), 0);
const auroc = (foreign, familiar) =>
  foreign.reduce((sum, score) => sum + countAbove(score, familiar), 0) / (foreign.length * familiar.length);

function report(name, familiar, score) {
  const threshold = fitThreshold(familiar, { rule: "conformal", alpha: Number(alpha) });
  const figures = [unseen, corrupted].flatMap((images) => {
    const scores = images.map(score);
    const refused = scores.filter((one) => one > threshold).length / scores.length;
    return [auroc(scores, familiar).toFixed(3), refused.toFixed(2)];
  });
  console.log(`| ${[name, ...figures].join(" | ")} |`);
}

/** Mean and deviation of each part; of a dataset, drawn towards those of all by 4 / (images + 4). */
function scalesOf(images, byDataset) {
  const spread = (own, part) => {
    const mean = own.reduce((sum, { parts }) => sum + parts[part], 0) / own.length;
    const squares = own.reduce((sum, { parts }) => sum + (parts[part] - mean) ** 2, 0);
    return [mean, Math.sqrt(squares / (own.length - 1))];
  };
  return (dataset, part) => {
    const all = spread(images, part);
    const own = images.filter((image) => image.dataset === dataset);
    if (!byDataset || own.length < 3) return all;
    const weight = own.length / (own.length + 4);
    return spread(own, part).map((value, at) => weight * value + (1 - weight) * all[at]);
  };
}

const joins = {
  mean: (parts) => parts.reduce((sum, value) => sum + Math.max(0, value), 0) / parts.length,
  largest: (parts) => Math.max(...parts),
};
const standardised = ({ dataset, parts }, scales) =>
  guardParts.map((part) => {
    const [mean, deviation] = scales(dataset, part);
    return (parts[part] - mean) / deviation;
  });

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
      join(standardised(image, scalesOf(familiar.toSpliced(at, 1), byDataset))),
    );
    const words = `${name} of the parts, standardised by ${byDataset ? "images of the nearest dataset" : "all images"}`;
    report(words, own, (evidence) => join(standardised(look(evidence), scales)));
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
  } catch {
    // It looks at what was not kept: several predictions, masks, a classifier.
  }
}
