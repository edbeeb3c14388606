/** A configuration with nothing left to choose from the data. */
import type { Preparation } from "../preparation/index.js";
import type { Configuration } from "./configuration.js";

/** The settings that a plan may choose, chosen. */
export interface SettledFields {
  readonly preparation: Omit<Configuration["preparation"], "spacing"> & Pick<Preparation, "spacing">;
  readonly patch: [number, number, number];
  readonly network: Configuration["network"];
}

/** What a plan may choose in, of a run or a study. */
export type AskedFields = Pick<Configuration, keyof SettledFields>;

export type Settled<Asked extends AskedFields> = Omit<Asked, keyof SettledFields> & SettledFields;

export type SettledConfiguration = Settled<Configuration>;

/** Undefined where something is left to choose. */
export function settledAsAsked<Asked extends AskedFields>(asked: Asked): Settled<Asked> | undefined {
  const { preparation, patch } = asked;
  const { spacing } = preparation;
  if (spacing.policy === "planned" || patch === undefined) return undefined;
  return { ...asked, preparation: { ...preparation, spacing }, patch };
}
