/** Weights that units of a study leave behind for others. */
import { loadCheckpoint } from "../../training/checkpoint.js";
import { bestCheckpoint } from "../../training/loop.js";
import { weightsOf } from "../../training/train-program.js";
import { type StudyData, studyFiles } from "./study-data.js";

/** Weights of the best validation of a train unit that is done. @throws UserError where they are missing or damaged */
export async function bestWeights(data: StudyData, id: string): Promise<Float32Array> {
  const path = bestCheckpoint(studyFiles.unit(data.study, id));
  const { vectors } = await loadCheckpoint(path, data.network.layout);
  return weightsOf(vectors);
}
