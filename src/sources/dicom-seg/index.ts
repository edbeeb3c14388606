export { type DicomSegmentation, encodeSegmentation, type Segment } from "./encode-segmentation.js";
