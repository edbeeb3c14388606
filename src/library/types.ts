/** Types of other folders that the library's entries name. */
export type { Card, Labels } from "../bundle/index.js";
export type { Device } from "../graph/index.js";
export type {
  GuardPart,
  LayerMeasure,
  PartVerdict,
  SignatureScore,
  TrainingCase,
  Verdict,
} from "../ood/index.js";
export type { VolumeSource } from "../sources/index.js";
export type { Affine, Grid, Modality, Shape, Volume, VoxelArray } from "../volume/index.js";
