import { describe, expect, it } from "vitest";
import { segmentedProperty } from "./segmented-property.js";
import { OTHER_NAMES, STRUCTURES } from "./snomed-codes.js";

const said = (...names: string[]): string => {
  const { category, type, side, region } = segmentedProperty(names);
  return [category, side, type, region].map((code) => code?.meaning ?? "-").join(" / ");
};

describe("names in every spelling", () => {
  it.each([
    ["liver", "Anatomical Structure / - / Liver / -"],
    ["Kidneys", "Anatomical Structure / - / Kidney / -"],
    ["kidney_left", "Anatomical Structure / Left / Kidney / -"],
    ["right adrenal gland", "Anatomical Structure / Right / Adrenal gland / -"],
    ["lung-upper-lobe-left", "Anatomical Structure / Left / Upper lobe of lung / -"],
    ["lung_middle_lobe_right", "Anatomical Structure / - / Middle lobe of right lung / -"],
    ["left atrium", "Anatomical Structure / - / Left atrium / -"],
    ["vertebrae_L3", "Anatomical Structure / - / L3 vertebra / -"],
    ["urinary_bladder", "Anatomical Structure / - / Bladder / -"],
    ["brainstem", "Anatomical Structure / - / Brain Stem / -"],
    ["small bowel", "Anatomical Structure / - / Small intestine / -"],
    ["oesophagus", "Anatomical Structure / - / Esophagus / -"],
    ["fat", "Tissue / - / Fat / -"],
    ["tumour", "Morphologically Abnormal Structure / - / Neoplasm / -"],
    ["liver_tumors", "Morphologically Abnormal Structure / - / Neoplasm / Liver"],
    ["cyst of the left kidney", "Morphologically Abnormal Structure / Left / Cyst / Kidney"],
  ])("%s", (name, meaning) => {
    expect(said(name)).toBe(meaning);
  });
});

describe("no wrong code", () => {
  it.each([
    "liver remnant",
    "class 3",
    "left",
    "",
    "left right kidney",
    "tumour of something",
    "constructor",
  ])("what is not understood to the last word is some tissue: '%s'", (name) => {
    expect(said(name)).toBe("Tissue / - / Tissue / -");
  });

  it("one of several organs is an organ, one of several things is some tissue", () => {
    expect(said("liver", "kidneys")).toBe("Anatomical Structure / - / Organ / -");
    expect(said("liver", "tumour")).toBe("Tissue / - / Tissue / -");
  });

  it("every name of the table finds its own code", () => {
    for (const [meaning, code] of Object.entries(STRUCTURES))
      expect(segmentedProperty([meaning]).type.value).toBe(code);
    for (const meaning of Object.values(OTHER_NAMES)) expect(STRUCTURES[meaning]).toBeDefined();
  });
});
