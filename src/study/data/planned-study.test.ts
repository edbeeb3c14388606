import { expect, it } from "vitest";
import type { PreparedCase } from "../../dataset/index.js";
import { parseStudy } from "../protocol/study-configuration.js";
import { planUnits } from "./planned-study.js";
import type { StudyData } from "./study-data.js";

it("plans no look through a network that too few patients trained, and names it", () => {
  // Each dataset has eight scans to train on: of four people, and of two.
  const people = { liver: 4, cord: 2 };
  const cases = Object.entries(people).flatMap(([dataset, count]) =>
    Array.from(
      { length: 20 },
      (_, n) =>
        ({ dataset, id: `${n}`, subject: `${dataset} ${n % count}`, entryHash: `${n}` }) as PreparedCase,
    ),
  );
  const keys = (from: number, to: number): string[] =>
    Object.keys(people).flatMap((dataset) =>
      Array.from({ length: to - from }, (_, n) => `${dataset}/${from + n}`),
    );
  const study = parseStudy(
    {
      name: "s",
      output: "out",
      datasets: Object.keys(people).map((name) => ({ folder: name, organs: { organ: [1] } })),
      strategies: ["dedicated", "joint"],
      leaveOuts: [],
    },
    "study.yaml",
  );
  const data = {
    study,
    cases,
    datasets: Object.keys(people).map((name) => ({ name, volumes: 20 })),
    layout: { mode: "shared", channels: ["foreground"] },
    foreign: [],
    splitOf: () => ({ train: keys(0, 8), validation: keys(8, 14), test: keys(14, 20) }),
  } as unknown as StudyData;

  const { units, unwatched, fingerprints } = planUnits(data);
  const looks = units.filter(({ kind }) => kind === "detect").map(({ id }) => id);
  expect(looks.some((id) => id.startsWith("detect-dedicated-liver"))).toBe(true);
  expect(looks.some((id) => id.startsWith("detect-joint"))).toBe(true);
  expect(looks.some((id) => id.includes("cord"))).toBe(false);
  expect(unwatched.length).toBeGreaterThan(0);
  expect(unwatched.every((id) => id.startsWith("dedicated-cord-"))).toBe(true);
  expect(units.some(({ id }) => id === unwatched[0])).toBe(true);
  expect([...fingerprints.keys()]).toEqual(units.map(({ id }) => id));
});
