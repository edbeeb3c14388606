import { pageConfiguration } from "./build/page-configuration.js";

/** `SURESEG_BUNDLE` names another bundle's folder for the page. */
export default pageConfiguration({ bundle: process.env.SURESEG_BUNDLE });
