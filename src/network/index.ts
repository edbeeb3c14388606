export {
  type Architecture,
  geometryProblems,
  type LevelGeometry,
  type NetworkOptions,
  type NetworkResult,
  networkStride,
} from "./architecture.js";
export { drawDropoutMasks } from "./dropout-masks.js";
export {
  type ArchitectureName,
  architectures,
  describeNetwork,
  exportNetwork,
  featureOutput,
  initialise,
  type Network,
  type NetworkDescription,
  type SegmentationArchitectureName,
  segmentationArchitectures,
} from "./network.js";
export {
  dropoutInput,
  FlatParameters,
  type Parameter,
  type ParameterLayout,
  type ParameterSource,
  parameterCount,
} from "./parameters.js";
export {
  type GeometryBudget,
  type PlannedGeometry,
  planGeometry,
  type TypicalImage,
} from "./plan-geometry.js";
