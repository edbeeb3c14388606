import { expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { Guard, GuardCalibration } from "../ood/index.js";
import { refuseCalibrationImages } from "./refuse-calibration-images.js";

const guard = (calibration: Partial<GuardCalibration>): Guard =>
  ({
    calibration: { source: "held-out", leaveOut: "subject", measures: [], ...calibration },
  }) as unknown as Guard;

const item = (id: string, filesHash: string) => ({ dataset: "a", id, filesHash });
const images = [
  { dataset: "a", case: "1", files: "f1" },
  { dataset: "a", case: "2" },
];

it("knows calibration images by their files under any name, and by their name where no hash was kept", () => {
  const refused =
    (...items: ReturnType<typeof item>[]) =>
    () =>
      refuseCalibrationImages(guard({ images }), items);
  expect(refused(item("other", "f1"))).toThrow(UserError);
  expect(refused(item("3", "f3"), item("2", "f2"))).toThrow(/found a\/2, which calibrated this bundle/);
  // Another image by the same name is another image.
  expect(refused(item("1", "another"), item("3", "f3"))).not.toThrow();
});

it("lets pass what guards say of images that they were fitted to, each left out, and guards of version 1", () => {
  const own = guard({ source: "leave-one-out", images });
  expect(() => refuseCalibrationImages(own, [item("1", "f1")])).not.toThrow();
  expect(() => refuseCalibrationImages(guard({}), [item("1", "f1")])).not.toThrow();
});
