/** What the axes i, j, k of a volume in RAS orientation are called, as every prepared image is. */
export const anatomicalAxes = ["left-right", "back-front", "foot-head"] as const;

export type AnatomicalAxis = (typeof anatomicalAxes)[number];
