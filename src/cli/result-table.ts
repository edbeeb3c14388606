import {
  type ComparedTemperature,
  comparedTemperatures,
  type Evaluation,
  meansByDataset,
} from "../evaluation/index.js";

/** The figures that matter most, for a terminal. */
export const resultTable = (evaluation: Evaluation): string =>
  `${accuracyTable(evaluation)}${temperatureLine(evaluation)}${guardLine(evaluation)}`;

/** Accuracy and calibration by dataset. */
export function accuracyTable(evaluation: Evaluation): string {
  const number = (value: number | null, digits: number): string =>
    value === null ? "-" : value.toFixed(digits);
  const box = (dataset: string) =>
    evaluation.calibration.find((row) => row.dataset === dataset && row.region === "box10mm");
  const rows = meansByDataset(evaluation.cases).map(
    ({ dataset, cases, found, dice, ceiling, hd95, assd }) => [
      dataset,
      String(cases),
      found === cases ? "all" : `${found} of ${cases}`,
      number(dice, 3),
      number(ceiling, 3),
      number(hd95, 1),
      number(assd, 2),
      number(box(dataset)?.before.ece ?? null, 3),
      number(box(dataset)?.after.ece ?? null, 3),
    ],
  );
  const table = [
    ["dataset", "cases", "found", "Dice", "ceiling", "HD95 mm", "ASSD mm", "ECE", "ECE scaled"],
    ...rows,
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
  return `${lines.join("\n")}\n`;
}

const TEMPERATURES: Readonly<Record<ComparedTemperature, string>> = {
  none: "without a temperature",
  pooled: "with one for all images",
  signature: "by signature",
  dataset: "told the dataset",
};

/** Mean over datasets of the error near the organ, under each temperature, beside what chance alone would give. */
function temperatureLine({ temperatures, calibration }: Evaluation): string {
  if (temperatures.length === 0) return "";
  const mean = (values: readonly number[]): string =>
    (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
  const errors = comparedTemperatures.map((kind) => {
    const own = temperatures.filter(({ temperature }) => temperature === kind);
    return `${mean(own.map(({ ece }) => ece))} ${TEMPERATURES[kind]}`;
  });
  const chance = calibration.flatMap(({ expected }) => expected?.ece ?? []);
  return `ECE, mean over datasets: ${errors.join(", ")}; by chance alone ${mean(chance)}\n`;
}

function guardLine({ detection, guard }: Evaluation): string {
  const percent = (share: number | null): string => (share === null ? "-" : `${(share * 100).toFixed(0)} %`);
  const promise =
    guard.alpha === undefined ? "" : ` (promised: at most ${(guard.alpha * 100).toFixed(0)} % on average)`;
  const far = detection
    ? `far-OOD AUROC ${detection.auroc.toFixed(3)}, foreign images caught ${percent(guard.caughtForeign)}; `
    : "";
  return `${far}false alarms on held-out volumes ${percent(guard.falseAlarmRate)}${promise}\n`;
}
