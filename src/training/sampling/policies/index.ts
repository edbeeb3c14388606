/** How often each dataset is drawn, by name. To add a policy, write its file and name it here. */
import { equal } from "./equal.js";
import { proportional } from "./proportional.js";
import { temperature } from "./temperature.js";

/**
 * @param sizes training cases of each dataset, all positive
 * @param temperature the configuration's exponent; most policies ignore it
 * @returns a positive weight for each dataset; probabilities are the weights over their sum
 */
export type Policy = (sizes: readonly number[], temperature: number) => number[];

export const policies = { equal, proportional, temperature } satisfies Record<string, Policy>;

export type PolicyName = keyof typeof policies;
