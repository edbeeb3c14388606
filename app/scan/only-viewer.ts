import { texts } from "../texts.js";
import { ScanViewer } from "./scan-viewer.js";

let opening: Promise<ScanViewer> | undefined;

/** The page's only viewer, opened when it is first asked for. @throws Error where the browser has no WebGL 2 */
export function onlyViewer(): Promise<ScanViewer> {
  opening ??= ScanViewer.open(texts.viewer.label);
  return opening;
}
