/** Degrees from one colour to the next: the golden angle, which never comes near an earlier one soon. */
const STEP = 137.508;

const LIGHTNESS = 60;
const CHROMA = 65;

/**
 * Recommended Display CIELab Value (PS3.3 C.10.7.1.1) of the n-th segment, from 0: equally light, as different in hue as
 * may be. L of 0 to 100 and a, b of -128 to 127 are each spread over 16 bits.
 */
export function displayColour(segment: number): number[] {
  const angle = (segment * STEP * Math.PI) / 180;
  const spread = (value: number): number => Math.round(((value + 128) / 255) * 0xffff);
  return [
    Math.round((LIGHTNESS / 100) * 0xffff),
    spread(CHROMA * Math.cos(angle)),
    spread(CHROMA * Math.sin(angle)),
  ];
}
