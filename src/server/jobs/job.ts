/** A job: one image through one bundle. What `job.json` in its folder says, and what its clients are told of it. */
import { z } from "zod";
import { modalities } from "../../volume/index.js";

/** Digits and dots (PS3.5 section 9.1): nothing that leads elsewhere in an address. */
const UID = /^\d+(\.\d+)+$/;

/** 128 random bits. Whoever knows it may be any size of guesser: it is never derived from an image. */
export const jobIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

export const jobStates = ["waiting", "running", "done", "failed"] as const;
export type JobState = (typeof jobStates)[number];

/** The results that a job may have. `segmentation` is the DICOM SEG of an image that was DICOM, `figures` are volumes and signatures. */
export const resultNames = ["mask", "segmentation", "confidence", "verdict", "figures"] as const;
export type ResultName = (typeof resultNames)[number];

const plainName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/);
const modality = z.enum(modalities);

/** The image of a job, as it lies in the job's `input` folder. */
export const jobImageSchema = z.strictObject({
  /**
   * Names below `input`, given by us and never by a client: one file or folder of DICOM files, or one file a channel in
   * the order of the channels.
   */
  files: z.array(plainName).min(1).max(64),
  /** What its channels are, where the client said so. */
  modalities: z.array(modality).min(1).max(64).optional(),
  /** Which series is meant, where DICOM files hold several. */
  series: z.string().max(64).optional(),
});
export type JobImage = z.infer<typeof jobImageSchema>;

/** A file of results in the job's `results` folder. */
export const jobResultSchema = z.strictObject({
  name: z.enum(resultNames),
  file: plainName,
  mediaType: z.string().max(100),
  bytes: z.int().min(0),
});
export type JobResult = z.infer<typeof jobResultSchema>;

/** What lies in `results/results.json`: it comes into being with the folder, in one step. */
export const jobResultsSchema = z.strictObject({
  files: z.array(jobResultSchema).max(resultNames.length),
  /** The image is unlike those that the network was trained on. */
  foreign: z.boolean(),
});
export type JobResults = z.infer<typeof jobResultsSchema>;

/** A series in the operator's archive: where its image comes from, and where its segmentation goes. */
export const archivedSeriesSchema = z.strictObject({
  /** Study Instance UID. */
  study: z.string().max(64).regex(UID),
  /** Series Instance UID. */
  series: z.string().max(64).regex(UID),
  /** Whether the segmentation is stored there. */
  store: z.boolean(),
  /** Whether it is stored even where the guard judges the image foreign. */
  storeForeign: z.boolean(),
});
export type ArchivedSeries = z.infer<typeof archivedSeriesSchema>;

const time = z.iso.datetime();

export const jobSchema = z.strictObject({
  id: jobIdSchema,
  state: z.enum(jobStates),
  /** The bundle that works it, as it was when the job was taken. */
  bundle: z.strictObject({ name: z.string(), fingerprint: z.string() }),
  image: jobImageSchema,
  /** Where the image is fetched from; absent where it was sent. */
  archive: archivedSeriesSchema.optional(),
  /** Name of the token that made it; nobody else is shown it. Absent where the server asks for no token. */
  owner: z.string().optional(),
  created: time,
  started: time.optional(),
  finished: time.optional(),
  /** How often work on it began: more than once where a worker was lost. */
  attempts: z.int().min(0),
  results: jobResultsSchema.optional(),
  /** Why the segmentation of a job that is done is not in the archive, though it was to be stored. */
  notStored: z.string().optional(),
  /** What the client can mend, or that the server is at fault. Names no path of the server. */
  failure: z.string().optional(),
});
export type Job = z.infer<typeof jobSchema>;

/** True once nothing more will happen to it. */
export const isOver = ({ state }: Job): boolean => state === "done" || state === "failed";

/** What is told while a job is on its way, in this order; `progress` any number of times. */
export type JobEvent =
  | { readonly kind: "state"; readonly state: "waiting" | "running" }
  | ({ readonly kind: "progress" } & JobProgress)
  | { readonly kind: "end"; readonly state: "done" | "failed" | "deleted" };

export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What is counted: windows, files. */
  readonly unit: string;
}
