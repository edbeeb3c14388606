/** Never-seen sources through the networks of a detect unit: foreign images of the far kind. */
import { loadImage } from "../../dataset/index.js";
import { prepareImage } from "../../preparation/index.js";
import type { StudyWork } from "../data/planned-study.js";
import type { ImageInspector } from "./image-inspector.js";
import type { SeenImage } from "./seen-image.js";

export async function seeForeign(
  { data, hooks }: StudyWork,
  inspector: ImageInspector,
): Promise<SeenImage[]> {
  const seen: SeenImage[] = [];
  for (const { source, modalities } of data.foreign) {
    hooks.stage(`looking at ${source.name}`, source.cases.length, "images");
    for (const [index, files] of source.cases.entries()) {
      hooks.signal?.throwIfAborted();
      const name = files.images[0] as string;
      const volume = await loadImage(files, data.labels.inputChannels.length);
      const { image } = prepareImage(volume, data.study.preparation, modalities, name);
      const { evidence } = await inspector.inspectSeveral(
        { dataset: source.name, id: files.id, subject: files.subject },
        image,
      );
      seen.push({
        evidence,
        source: source.name,
        case: files.id,
        kind: "far",
        corruption: null,
        severity: null,
        dice: null,
      });
      hooks.progress(index + 1);
    }
  }
  return seen;
}
