/** The model card as Markdown, made from card.json and the parts it describes. */
import { maskLabels } from "../labels/index.js";
import { falseAlarmInterval, type Guard, rankOf } from "../ood/index.js";
import { modalityText } from "../volume/index.js";
import type { Calibration, Card, Labels } from "./parts.js";
import { temperatureDoubt } from "./temperature-doubt.js";

export function renderCard(card: Card, labels: Labels, calibration: Calibration, guard: Guard): string {
  const { threshold, calibration: measured } = guard;
  const sections = [
    `# ${line(card.name)} ${line(card.version)}`,
    card.summary,
    `## Intended use\n\n${card.intendedUse}`,
    `## Limitations\n\n${card.limitations}`,
    `## Input and output\n\n${list([
      `Image channels: ${labels.inputChannels.map(line).join(", ")}`,
      `Modalities: ${labels.modalities.map((one) => modalityText([one].flat())).join(", ")}`,
      `Organs: ${labels.organs.map(line).join(", ")} (label mode ${labels.labelMode})`,
      `Values of masks: ${maskLabels(labels, labels.organs)
        .map(({ value, name }) => `${value} ${line(name)}`)
        .join(", ")}`,
      temperatureLine(calibration),
    ])}`,
    `## Guard\n\n${list([
      `Layers: ${guard.layers.map((layer) => line(layer.name)).join(", ")} (form ${guard.form})`,
      `Training images: ${guard.training.length}`,
      `Looks at ${guard.roughness === undefined ? "the features' signature" : "the features' signature, the image's roughness along each axis, and the entropy inside the mask"}`,
      `Threshold ${number(threshold.value)}: ${promiseOf(guard)}; ${measured.measures.length} ${measured.source} measures`,
      ...falseAlarmsOf(guard),
    ])}`,
    `## Data\n\n${table(
      ["Dataset", "Organ", "Modality", "Images", "Subjects", "Licence", "Source"],
      card.data.map((row) => [
        row.dataset,
        row.organ,
        row.modality,
        row.images,
        row.subjects ?? "",
        row.licence,
        row.source ?? "",
      ]),
    )}`,
    `## Performance\n\n${performance(card)}`,
    `## Training\n\n${table(
      ["Setting", "Value"],
      card.training.map((setting) => [setting.name, String(setting.value)]),
    )}`,
    `## Licence\n\n${card.licence}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function promiseOf({ threshold: { choice } }: Guard): string {
  if (choice.rule !== "conformal") return choice.rule;
  const { alpha, confidence } = choice;
  const images = "on images like the calibration images";
  return confidence === undefined
    ? `conformal, false-alarm rate at most ${alpha} ${images}, on average over draws of these`
    : `conformal, false-alarm rate at most ${alpha} ${images}, with ${percent(confidence)} confidence`;
}

/** What the promise leaves open: the rate of the one guard that is in the bundle. */
function falseAlarmsOf({ threshold, calibration: { measures } }: Guard): string[] {
  const rank = rankOf(measures.length, threshold.choice);
  if (rank === undefined) return [];
  const { low, high } = falseAlarmInterval(rank, 0.95);
  return [
    `The rate of this one guard lies between ${percent(low)} and ${percent(high)} with 95 % probability: measure ${rank.k} of ${rank.n} from the largest, Beta(${rank.k}, ${rank.n + 1 - rank.k})`,
  ];
}

const percent = (share: number): string => `${number(100 * share)} %`;

function performance({ metrics }: Card): string {
  if (metrics.length === 0) return "Not measured yet; `sureseg evaluate` writes the figures here.";
  return table(
    ["Dataset", "Metric", "Mean", "Interval", "Images"],
    metrics.map((row) => [
      row.dataset,
      row.metric,
      row.value === null ? "not defined" : number(row.value),
      row.low === undefined || row.high === undefined ? "" : `${number(row.low)} to ${number(row.high)}`,
      row.images,
    ]),
  );
}

function temperatureLine(calibration: Calibration): string {
  const { temperature, images } = calibration;
  const fitted = images > 0 ? `fitted on ${images} images` : "not fitted";
  const doubt = temperatureDoubt(calibration);
  return `Temperature ${number(temperature)}, ${fitted}${doubt === undefined ? "" : ` (${doubt})`}`;
}

const number = (value: number): string => String(Number(value.toPrecision(4)));

const line = (value: string): string => value.replaceAll(/\s+/g, " ");

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "None given.";
  const row = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => line(String(cell)).replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(header), `|${header.map(() => "---|").join("")}`, ...rows.map(row)].join("\n");
}
