export { type CaseName, caseKey } from "./case-key.js";
export { durationText } from "./duration.js";
export { groupBy } from "./group-by.js";
export { pagePolicy } from "./page-policy.js";
export { parseJson } from "./parse-json.js";
export { Random } from "./random.js";
export { shortJson } from "./short-json.js";
export { UserError } from "./user-error.js";
export type { WorkHooks } from "./work-hooks.js";
