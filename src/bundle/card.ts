/** The model card as Markdown, made from card.json and the parts it describes. */
import type { Guard } from "../ood/index.js";
import { modalityText } from "../volume/index.js";
import type { Calibration, Card, Labels } from "./parts.js";
import { temperatureDoubt } from "./temperature-doubt.js";

export function renderCard(card: Card, labels: Labels, calibration: Calibration, guard: Guard): string {
  const { threshold, calibration: measured } = guard;
  const rule =
    threshold.choice.rule === "conformal"
      ? `conformal, false-alarm rate at most ${threshold.choice.alpha} on images like the calibration images`
      : threshold.choice.rule;
  const sections = [
    `# ${line(card.name)} ${line(card.version)}`,
    card.summary,
    `## Intended use\n\n${card.intendedUse}`,
    `## Limitations\n\n${card.limitations}`,
    `## Input and output\n\n${list([
      `Image channels: ${labels.inputChannels.map(line).join(", ")}`,
      `Modalities: ${labels.modalities.map((one) => modalityText([one].flat())).join(", ")}`,
      `Organs: ${labels.organs.map(line).join(", ")} (label mode ${labels.labelMode})`,
      temperatureLine(calibration),
    ])}`,
    `## Guard\n\n${list([
      `Layers: ${guard.layers.map((layer) => line(layer.name)).join(", ")} (form ${guard.form})`,
      `Training images: ${guard.training.length}`,
      `Threshold ${number(threshold.value)}: ${rule}; ${measured.measures.length} ${measured.source} measures`,
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
