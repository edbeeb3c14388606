/** Evidence of made-up images, for tests of detectors and guards. */
import type { CaseEvidence, LayerStatistics } from "../src/ood/index.js";
import type { Random } from "../src/random.js";

/** Statistics of uncorrelated channels with these singular values (per voxel) over 1000 voxels. */
export function statisticsOf(singularValues: readonly number[]): LayerStatistics {
  const channels = singularValues.length;
  const gram = new Float64Array(channels * channels);
  singularValues.forEach((value, channel) => {
    gram[channel * (channels + 1)] = 1000 * value * value;
  });
  return { channels, rows: 1000, gram, columnSums: new Float64Array(channels) };
}

/**
 * An image whose singular values vary as `spread` says around those of its kind; `shift` moves its kind. Layers `early`
 * (4 channels) and `late` (6).
 */
export function anyEvidence(
  random: Random,
  name: string,
  { subject = name, dataset = "liver", spread = 0.2, shift = 0 } = {},
): CaseEvidence {
  const layer = (channels: number): LayerStatistics =>
    statisticsOf(
      Array.from({ length: channels }, (_, c) =>
        Math.exp(3 - c + shift * Math.cos(3 * c) + spread * random.normal()),
      ),
    );
  return { dataset, case: name, subject, layers: { early: layer(4), late: layer(6) } };
}

export const anyCases = (
  random: Random,
  count: number,
  options: Parameters<typeof anyEvidence>[2] = {},
): CaseEvidence[] =>
  Array.from({ length: count }, (_, n) => anyEvidence(random, `${options.dataset ?? "case"}-${n}`, options));
