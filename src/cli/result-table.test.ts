import { expect, it } from "vitest";
import type { CaseResult, Evaluation } from "../evaluation/index.js";
import { accuracyTable } from "./result-table.js";

const row = (image: string, organ: string, hd95: number | null = 3): CaseResult =>
  ({
    dataset: "theirs",
    case: image,
    organ,
    dice: hd95 === null ? 0 : 1,
    ceiling: 0.9,
    hd95,
    assd: hd95,
  }) as CaseResult;

it("counts images, however many organs are measured in each", () => {
  const cases = ["one", "two", "three"].flatMap((image) => [row(image, "liver"), row(image, "spleen")]);
  const table = accuracyTable({ cases, calibration: [] } as unknown as Evaluation);
  expect(table).toMatch(/^dataset +images +found +Dice /);
  expect(table).toMatch(/^theirs +3 +all +1\.000 +0\.900 +3\.0 +3\.00 +- +-$/m);
});

it("tells of how many masks the distances are, where nothing was found in some", () => {
  const cases = [row("one", "liver"), row("one", "spleen", null), row("two", "liver"), row("two", "spleen")];
  expect(accuracyTable({ cases, calibration: [] } as unknown as Evaluation)).toMatch(
    /^theirs +2 +3 of 4 masks +0\.750 /m,
  );
});
