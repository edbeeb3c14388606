/** What the page knows at the moment; views draw it, actions change it. */
import { computed, signal } from "@preact/signals";
import type { BundleFacts, Given, ModalityChoice, ResultFacts, ScanFacts } from "../compute/protocol.js";
import type { ServedBundle } from "../server/answers.js";
import type { ServerFacts } from "../server/page-server.js";

/** A scan as it was given, and which of several volumes in it is meant. */
export interface ScanGiven {
  readonly given: Given;
  readonly series?: string;
}

export type BundleState =
  | { readonly at: "missing" }
  | { readonly at: "loading" }
  | { readonly at: "open"; readonly facts: BundleFacts };

/** The server that the page came from; `absent` where it is one of static files, or nobody answers. */
export type ServerState =
  | { readonly at: "absent" }
  /** It wants a token. `refused`: not the one that it was given. */
  | { readonly at: "locked"; readonly host: string; readonly refused: boolean }
  | {
      readonly at: "open";
      readonly host: string;
      readonly facts: ServerFacts;
      readonly bundles: readonly ServedBundle[];
    };

/** Where scans are computed. */
export type Place = "here" | "server";

export type WorkState =
  | { readonly at: "idle" }
  | { readonly at: "reading" }
  /** Nobody has said yet where the scan is to be computed. */
  | { readonly at: "placing"; readonly given: ScanGiven }
  /** Bytes on their way to the server. */
  | { readonly at: "sending"; readonly done?: number; readonly total?: number }
  /** In the server's queue. */
  | { readonly at: "waiting" }
  | { readonly at: "asking"; readonly given: ScanGiven; readonly choices: readonly ModalityChoice[] }
  | { readonly at: "choosing"; readonly given: Given; readonly volumes: readonly string[] }
  /** Windows done; none are known while the scan is prepared. */
  | { readonly at: "computing"; readonly done?: number; readonly total?: number }
  | { readonly at: "saving" };

export const bundle = signal<BundleState>({ at: "loading" });
export const work = signal<WorkState>({ at: "idle" });
export const scan = signal<ScanFacts | undefined>(undefined);
export const result = signal<ResultFacts | undefined>(undefined);
/** Whether the mask of a foreign image was asked for. */
export const revealed = signal(false);
/** The sentence that says what failed. */
export const failure = signal<string | undefined>(undefined);
/** What just happened, for those who cannot see it. */
export const spoken = signal("");
export const offline = signal(false);
export const server = signal<ServerState>({ at: "absent" });
/** Undefined until somebody has chosen: the page asks before a scan leaves it. */
export const place = signal<Place | undefined>(undefined);

export interface ViewChoices {
  readonly view: "multi" | "axial" | "coronal" | "sagittal" | "render";
  readonly mask: "outline" | "fill" | "none";
  /** 0 to 1. */
  readonly maskOpacity: number;
  readonly showDoubt: boolean;
  readonly doubtOpacity: number;
  readonly channel: number;
}

export const viewChoices = signal<ViewChoices>({
  view: "multi",
  mask: "outline",
  maskOpacity: 0.9,
  showDoubt: false,
  doubtOpacity: 0.7,
  channel: 0,
});

/** The bundle that is open. */
export const openBundle = computed(() => (bundle.value.at === "open" ? bundle.value.facts : undefined));
/** The bundle that is open, as the server has it; undefined where it has not, and only this browser can compute. */
export const servedBundle = computed(() => {
  const { value } = server;
  return value.at === "open"
    ? value.bundles.find(({ fingerprint }) => fingerprint === openBundle.value?.fingerprint)
    : undefined;
});
export const isBundleOpen = computed(() => openBundle.value !== undefined);

/** A foreign image's mask is shown, measured and saved only when it was asked for. */
export const isMaskShown = computed(
  () => result.value !== undefined && (!result.value.verdict.foreign || revealed.value),
);

/** What the viewer draws now, as a data URL; undefined where there is no viewer. */
export const takePicture = signal<(() => string) | undefined>(undefined);
