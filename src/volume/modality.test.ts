import { describe, expect, it } from "vitest";
import { modalityOfEachChannel, modalityText, shortestModality } from "./modality.js";

describe("modalities of channels", () => {
  it("are one for all, or one for each", () => {
    expect(modalityOfEachChannel("MR", 3, "x")).toEqual(["MR", "MR", "MR"]);
    expect(modalityOfEachChannel(["MR"], 3, "x")).toEqual(["MR", "MR", "MR"]);
    expect(modalityOfEachChannel(["CT", "PET"], 2, "x")).toEqual(["CT", "PET"]);
    for (const channels of [1, 3]) {
      expect(() => modalityOfEachChannel(["CT", "PET"], channels, "--modality")).toThrow(
        `--modality: found 2 modalities (CT, PET), expected ${channels}, one for each channel`,
      );
    }
  });

  it("are said in one word where they are the same", () => {
    expect(shortestModality(["MR", "MR"])).toBe("MR");
    expect(shortestModality(["CT", "PET", "CT"])).toEqual(["CT", "PET", "CT"]);
    expect(modalityText(["MR", "MR"])).toBe("MR");
    expect(modalityText(["CT", "PET"])).toBe("CT + PET");
  });
});
