export {
  type Archive,
  archiveAt,
  CREDENTIALS_VARIABLE,
  readCredentials,
  type SeriesName,
} from "./archive.js";
export { type RetrieveOptions, refuseOtherNames, retrieveSeries } from "./retrieve-series.js";
export { storeInstance } from "./store-instance.js";
