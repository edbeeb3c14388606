/** NiiVue, as this page uses it: the scan, its mask and where the mask is unsure. */
import { Niivue, NVImage, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";
import type { ResultFacts, ScanFacts } from "../compute/protocol.js";
import type { ViewChoices } from "../state/page-state.js";
import { doubtColours, maskColours } from "./colours.js";

const sliceTypes: Readonly<Record<ViewChoices["view"], SLICE_TYPE>> = {
  multi: SLICE_TYPE.MULTIPLANAR,
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  render: SLICE_TYPE.RENDER,
};

/** Below it, doubt is not shown: nearly every voxel is a little unsure. */
const LEAST_DOUBT = 0.05;

/** Left to right, back to front, foot to head; 0 to 1 across the scan. */
export type Position = readonly [number, number, number];

type Picture = "mask" | "outline" | "doubt";

/** NIfTI's code for voxels that are labels: NiiVue then draws them one by one, without mixing their values. */
const LABELS = 1002;

export class ScanViewer {
  /** To be put into the page: a viewer outlives the scans that it shows, for browsers allow few of them. */
  readonly element = document.createElement("div");
  /** Called when the position changes. */
  onMove: (position: Position) => void = () => {};
  private readonly niivue: Niivue;
  private readonly pictures = new Map<Picture, NVImage>();
  /** Those that are drawn, from the lowest. */
  private drawn: readonly Picture[] = [];
  /** Counts what was asked for: what takes too long to come is not shown over something newer. */
  private turn = 0;

  private constructor() {
    this.niivue = new Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [0.35, 0.75, 0.85, 0.8],
      crosshairWidth: 0.25,
      crosshairWidthUnit: "percent",
      fontColor: [0.9, 0.95, 1, 1],
      dragAndDropEnabled: false,
      loadingText: "",
      multiplanarShowRender: SHOW_RENDER.ALWAYS,
      isColorbar: false,
      isNearestInterpolation: false,
      show3Dcrosshair: true,
      logLevel: "silent",
    });
    this.niivue.onLocationChange = () => this.onMove(this.position());
  }

  /** @param label what the picture is, for those who do not see it. @throws Error where the browser has no WebGL 2 */
  static async open(label: string): Promise<ScanViewer> {
    if (document.createElement("canvas").getContext("webgl2") === null) throw new Error("no WebGL 2");
    const viewer = new ScanViewer();
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    viewer.element.className = "canvas";
    viewer.element.append(canvas);
    await viewer.niivue.attachToCanvas(canvas);
    viewer.niivue.addColormap("doubt", doubtColours);
    return viewer;
  }

  /** `apply` draws it. */
  async showScan({ nifti }: Pick<ScanFacts, "nifti">): Promise<void> {
    this.hideResult();
    const turn = ++this.turn;
    const scan = await image("scan.nii", nifti, { colormap: "gray" });
    if (turn !== this.turn) return;
    this.withoutDrawing(() => {
      for (const earlier of [...this.niivue.volumes]) this.niivue.removeVolume(earlier);
      this.niivue.addVolume(scan);
      this.niivue.resizeListener();
      this.moveTo([0.5, 0.5, 0.5]);
    });
  }

  async showResult(facts: Pick<ResultFacts, Picture>): Promise<void> {
    this.hideResult();
    const turn = this.turn;
    const pictures = new Map<Picture, NVImage>();
    for (const name of ["mask", "outline"] as const) {
      const picture = await image(`${name}.nii`, facts[name], {});
      picture.setColormapLabel(maskColours());
      picture.hdr!.intent_code = LABELS;
      pictures.set(name, picture);
    }
    const doubt = { colormap: "doubt", cal_min: LEAST_DOUBT, cal_max: 0.5, trustCalMinMax: true };
    pictures.set("doubt", await image("doubt.nii", facts.doubt, doubt));
    if (turn === this.turn) for (const [name, picture] of pictures) this.pictures.set(name, picture);
  }

  hideResult(): void {
    this.turn++;
    this.draw([]);
    this.pictures.clear();
  }

  apply({ view, mask, maskOpacity, showDoubt, doubtOpacity, channel }: ViewChoices): void {
    const { niivue } = this;
    const [scan] = niivue.volumes;
    if (scan === undefined) return;
    // Every voxel of an outline is an edge, of which NiiVue is told how opaque it is in this way.
    niivue.opts.atlasOutline = mask === "outline" ? maskOpacity : 0;
    const opacities: Readonly<Record<Picture, number>> = {
      mask: mask === "fill" ? maskOpacity : 0,
      outline: mask === "outline" ? maskOpacity : 0,
      doubt: showDoubt ? doubtOpacity : 0,
    };
    for (const [name, picture] of this.pictures) picture.opacity = opacities[name];
    this.drawOnce(() => {
      niivue.setSliceType(sliceTypes[view]);
      if ((scan.frame4D ?? 0) !== channel) niivue.setFrame4D(scan.id, channel);
      this.draw([...this.pictures.keys()].filter((name) => opacities[name] > 0));
      niivue.updateGLVolume();
    });
  }

  moveTo(position: Position): void {
    this.niivue.scene.crosshairPos = Float32Array.from(position) as never;
    this.niivue.drawScene();
  }

  position(): Position {
    return [...this.niivue.scene.crosshairPos] as unknown as Position;
  }

  /** What is drawn now, as a data URL. */
  picture(): string {
    this.niivue.drawScene();
    return (this.niivue.canvas as HTMLCanvasElement).toDataURL("image/jpeg", 0.9);
  }

  private draw(wanted: readonly Picture[]): void {
    if (wanted.join() === this.drawn.join()) return;
    this.drawOnce(() => {
      for (const name of this.drawn) this.niivue.removeVolume(this.pictures.get(name)!);
      for (const name of wanted) this.niivue.addVolume(this.pictures.get(name)!);
    });
    this.drawn = wanted;
  }

  private drawOnce(change: () => void): void {
    this.withoutDrawing(change);
    this.niivue.drawScene();
  }

  /**
   * NiiVue draws after every change, and without a graphics card each picture takes a tenth of a second and more, for which the rest
   * of the page waits, the verdict too.
   */
  private withoutDrawing(change: () => void): void {
    const { niivue } = this;
    const before = niivue.isBusy;
    niivue.isBusy = true;
    try {
      change();
    } finally {
      niivue.isBusy = before;
    }
  }
}

const image = (name: string, nifti: Uint8Array, options: object): Promise<NVImage> =>
  NVImage.loadFromUrl({ url: nifti, name, ...options });
