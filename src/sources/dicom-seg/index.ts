export type { Algorithm } from "./common-modules.js";
export { type DicomSegmentation, encodeSegmentation, type Segment } from "./encode-segmentation.js";
export { referableSeries } from "./referable-series.js";
