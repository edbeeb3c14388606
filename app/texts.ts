/** All that the page says, in English. To translate the page, translate this file. */
import type { Computing, ComputingReason, ModalityChoice, ResultForm } from "./compute/protocol.js";
import { MOST_BYTES, MOST_FILES, type Refusal } from "./input/dropped.js";
import type { TrustWords } from "./results/trust.js";

const modalityNames: Readonly<Record<string, string>> = {
  CT: "CT",
  MR: "MRI",
  PET: "PET",
  US: "ultrasound",
  other: "another kind",
};

const percent = (part: number): string => `${Math.round(part * 100)} %`;

/** Three figures, as far as they mean anything. */
const millilitres = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

const minutes = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;

/** What becomes of a scan that leaves the browser. */
const sent = (host: string, keepSeconds: number): string =>
  `it is sent to ${host} whole, without the names of its files, and deleted there when its result has come back, or else ${minutes(keepSeconds)} later.`;

const reasons: Readonly<Record<ComputingReason, string>> = {
  "no-webgpu": "this browser offers no graphics card through WebGPU",
  "software-webgpu": "WebGPU is there, but without a graphics card",
  "webgpu-failed": "the graphics card could not compute this network",
  asked: "the address of this page asks for it",
  "not-isolated": "threads need a page that is isolated from others, which this one is not (yet)",
  "one-core": "there is only one core",
};

export const texts = {
  title: "sureseg",
  claim: "Segmentation that says when not to trust it",
  notADevice: "For research. Not a medical device: no diagnosis or treatment may rest on it.",
  skip: "Skip to the result",

  drop: {
    title: "Drop a scan",
    hint: "NIfTI, NRRD, MetaImage, a DICOM folder or a zip of one.",
    another: "Another scan?",
    anotherHint: "Drop it anywhere on this page, or choose it.",
    files: "Choose file",
    folder: "Choose folder",
    here: "Drop it here",
  },

  bundle: {
    loading: "Opening the network …",
    missing:
      "No network yet: drop the folder or zip of a bundle. It is made by sureseg train or sureseg pack.",
    replace: "Another network can be dropped like a scan: the folder or zip of its bundle.",
    about: "About this network",
    organs: "Segments",
    modalities: "From",
    intendedUse: "Intended use",
    limitations: "Limits",
    data: "Trained on",
    dataRow: (organ: string, modality: string, images: number, licence: string) =>
      `${organ} ${modality}: ${images} ${images === 1 ? "image" : "images"} (${licence})`,
    licence: "Licence of the network",
    fingerprint: "Fingerprint",
    doubt: (sentence: string) => `Beware: ${sentence}.`,
  },

  series: {
    question: "Which volume?",
    why: "There are several in what was given.",
    name: (number: number, described: string) => `${number}: ${described}`,
  },

  modality: {
    question: "What kind of image is this?",
    why: "The file does not say, and the network reads the brightness of each kind in its own way.",
    unknown: "I do not know",
    name: (choice: ModalityChoice) =>
      [choice]
        .flat()
        .map((one) => modalityNames[one] ?? one)
        .join(" + "),
    /** As a card writes it. */
    text: (written: string) => modalityNames[written] ?? written,
  },

  server: {
    question: "Where is the scan computed?",
    why: (host: string, keepSeconds: number) =>
      `This page comes from a server that computes too. On this computer nothing is uploaded. On the server, the scan leaves this browser: ${sent(host, keepSeconds)}`,
    places: { here: "On this computer", server: "On the server" },
    stays: "It is computed on this computer; nothing is uploaded.",
    leaves: (host: string, keepSeconds: number) => `The scan leaves this browser: ${sent(host, keepSeconds)}`,
    network: "Network",
    otherNetwork: "One that was dropped here",
    tokenTitle: "This server asks for a token",
    tokenWhy: (host: string) =>
      `Whoever runs ${host} gives it to you. It stays in the memory of this page until you close or reload it.`,
    token: "Token",
    tokenGive: "Use token",
    tokenRefused: "The server does not know this token: check it, or ask whoever runs the server.",
    leave: "Go on without the server",
    lost: "The server does not answer. Try again, or compute on this computer.",
    gone: "The server deleted the scan before it was done. Give it again.",
    tooLarge: (bytes: number, most: number) =>
      `The scan has ${megabytes(bytes)}, and the server takes ${megabytes(most)} at most. Compute on this computer, or use the command line.`,
  },

  work: {
    reading: "Reading the scan …",
    sending: (done?: number, total?: number) =>
      done === undefined || total === undefined || total === 0
        ? "Sending the scan to the server …"
        : `Sending the scan to the server: ${percent(done / total)} …`,
    waiting: "Waiting in the server's queue …",
    preparing: "Preparing the scan …",
    computing: (done: number, total: number) => `Computing: part ${done} of ${total} …`,
    saving: "Writing the file …",
    cancel: "Cancel",
    cancelled: "Stopped.",
    label: "Progress",
  },

  failure: {
    title: "That did not work",
    memory:
      "There is not enough memory in this browser for that scan: close other tabs, use a smaller scan, or the command line.",
    lost: "The browser ended the computation, probably for want of memory: use a smaller scan, or the command line.",
    defect: (message: string) => `That is a defect of this page: ${message}`,
    refused: (refusal: Refusal): string => {
      switch (refusal.kind) {
        case "nothing":
          return "Nothing that could be read was dropped: give a file or a folder.";
        case "unreadable":
          return "The browser could not read what was dropped: choose it with the buttons instead.";
        case "tooMany":
          return `${refusal.name}: found more than ${MOST_FILES} files, expected those of one scan. Give the folder of one series.`;
        case "tooLarge":
          return `${refusal.name}: found ${(refusal.bytes / 1e9).toFixed(1)} GB, expected at most ${MOST_BYTES / 1e9} GB in a browser. Use the command line for it.`;
      }
    },
    viewer:
      "This browser cannot draw this scan (WebGL 2 is missing, or the scan is too large for it); verdict, volumes and files are as ever.",
    dismiss: "Dismiss",
  },

  verdict: {
    heading: "Verdict",
    trusted: "Trusted.",
    foreign: "Foreign: unlike anything this network was trained on. Do not use this mask.",
    looksLike: (what: string) => `Looks like ${what};`,
    typical: (ofHundred: number) =>
      ofHundred < 1
        ? "of 100 such images less than one is less typical."
        : `of 100 such images ${ofHundred} ${ofHundred === 1 ? "is" : "are"} less typical.`,
    because: (why: string) => `What raised this: ${why}.`,
    nearest: (what: string) => `The nearest of what it knows is ${what}.`,
    figures: (measure: number, threshold: number, pValue: number) =>
      `Distance ${measure.toFixed(2)}, limit ${threshold.toFixed(2)}, p = ${pValue.toFixed(3)}`,
    reveal: "Show the mask all the same",
    hidden: "The mask is hidden.",
    revealed: "This mask belongs to a foreign image. Do not use it.",
    warnings: "Also noted",
  },

  organNames: (names: readonly string[]): string => names.join(" or "),
  known: ({ organ, modality, dataset }: TrustWords["known"]): string =>
    organ === undefined ? dataset : `${organ} ${modalityNames[modality ?? ""] ?? modality ?? ""}`.trim(),

  volumes: {
    heading: "Volume",
    organ: "Organ",
    volume: "ml",
    range: "Range, ml",
    value: millilitres,
    rangeValue: (low: number, high: number) => `${millilitres(low)} – ${millilitres(high)}`,
    explanation: (coverage: number) =>
      `The range holds ${percent(coverage)} of the true volumes, as far as the probabilities are honest; all doubt is taken to point the same way.`,
  },

  plot: {
    heading: "Why",
    map: "What the network sees in this scan, among the scans it was trained on",
    mapSummary: (inside: string) => `Map of training images and this scan. ${inside}`,
    mapNear: (what: string) => `This scan is nearest to ${what}.`,
    mapExplanation: "Each dot is a training image; dots that are near each other look alike to the network.",
    strip: "Distance to the nearest training image",
    stripSummary: (measure: number, threshold: number) =>
      `This scan's distance is ${measure.toFixed(2)}; the limit is ${threshold.toFixed(2)}.`,
    limit: "limit",
    thisScan: "this scan",
    alike: "like the training images",
    foreign: "foreign",
  },

  viewer: {
    heading: "Scan",
    label: "Three planes and a 3-D view of the scan",
    view: "View",
    views: { multi: "All", axial: "Axial", coronal: "Coronal", sagittal: "Sagittal", render: "3-D" },
    mask: "Mask",
    masks: { outline: "Outline", fill: "Fill", none: "Off" },
    maskOpacity: "Mask opacity",
    doubt: "Show where it is unsure",
    doubtOpacity: "Opacity of doubt",
    channel: "Channel",
    position: "Position",
    axes: ["Left – right", "Back – front", "Foot – head"] as const,
    facts: (shape: readonly number[], spacing: readonly number[]) =>
      `${shape.join(" × ")} voxels of ${spacing.map((length) => Number(length.toFixed(2))).join(" × ")} mm`,
  },

  save: {
    heading: "Save",
    forms: { nifti: "Mask (NIfTI)", "dicom-seg": "Mask (DICOM SEG)" } satisfies Record<ResultForm, string>,
    report: "Report (one page)",
    hidden: "A foreign image's mask can be saved once it is shown.",
  },

  report: {
    title: (name: string) => `Segmentation of ${name}`,
    scan: "Scan",
    network: "Network",
    fingerprint: "Fingerprint",
    made: "Made",
    computedBy: "Computed by",
    time: (date: Date) => date.toISOString().replace("T", " ").slice(0, 16).concat(" UTC"),
  },

  computing: {
    name: (computing: Computing) =>
      computing.device === "server"
        ? "Computed on the server."
        : computing.device === "webgpu"
          ? "Computes on the graphics card (WebGPU)."
          : `Computes on ${computing.threads === 1 ? "one thread" : `${computing.threads} threads`} of the processor (WebAssembly): ${computing.reasons.map((reason) => reasons[reason]).join("; ")}.`,
    seconds: (seconds: number) => `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s.`,
  },

  offline: {
    ready: "Works without a network connection from now on.",
  },
} as const;
