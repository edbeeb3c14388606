import { expect, it } from "vitest";
import type { Modality } from "../volume/index.js";
import { jointChannelNames } from "./joint-channel-names.js";

const dataset = (channelNames: string[], modalities: Modality[]) => ({ channelNames, modalities });

it("keeps the names that all datasets give, whatever their case", () => {
  expect(
    jointChannelNames([dataset(["MRI", "T2"], ["MR", "MR"]), dataset(["mri", "t2"], ["MR", "MR"])]),
  ).toEqual(["MRI", "T2"]);
});

it("says of a channel that is called differently which modalities it is of", () => {
  expect(
    jointChannelNames([
      dataset(["MRI", "PET"], ["MR", "PET"]),
      dataset(["image", "suv"], ["CT", "PET"]),
      dataset(["t1", "pet"], ["MR", "PET"]),
    ]),
  ).toEqual(["MR or CT", "PET"]);
});
