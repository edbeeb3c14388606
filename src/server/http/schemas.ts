/** What answers hold, as the API description shows it. */
import { z } from "@hono/zod-openapi";
import { archivedSeriesSchema, type Job, type JobResult, jobStates, resultNames } from "../jobs/job.js";
import type { ServedBundle } from "../jobs/served-bundles.js";

const link = z.string().describe("Path on this server.");

export const jobViewSchema = z
  .object({
    id: z.string(),
    state: z.enum(jobStates),
    bundle: z.object({ name: z.string(), fingerprint: z.string() }),
    archive: archivedSeriesSchema
      .optional()
      .describe(
        "The series that is fetched, whether its segmentation is stored in the archive, and whether that of a foreign image is.",
      ),
    created: z.iso.datetime(),
    started: z.iso.datetime().optional(),
    finished: z.iso.datetime().optional(),
    expires: z.iso.datetime().optional().describe("When everything of the job is deleted."),
    attempts: z.int().describe("More than one where a worker was lost."),
    foreign: z
      .boolean()
      .optional()
      .describe("Of a job that is done: the image is unlike those that the network was trained on."),
    notStored: z
      .string()
      .optional()
      .describe(
        "Why the segmentation is not in the archive, though it was to be stored: the image is foreign.",
      ),
    failure: z
      .string()
      .optional()
      .describe("Of a job that failed: what was found, what was expected, what to do."),
    results: z
      .array(
        z.object({
          name: z.enum(resultNames),
          href: link,
          file: z.string(),
          mediaType: z.string(),
          bytes: z.int(),
        }),
      )
      .describe("Empty until the job is done; there too where all that failed is storing them."),
    links: z.object({ self: link, events: link }),
  })
  .openapi("Job");

export function jobView(job: Job, keepSeconds: number): z.infer<typeof jobViewSchema> {
  const { id, state, created, started, finished, attempts, failure, results } = job;
  const self = `/api/jobs/${id}`;
  const view = ({ name, file, mediaType, bytes }: JobResult) => ({
    name,
    href: `${self}/results/${name}`,
    file,
    mediaType,
    bytes,
  });
  return {
    id,
    state,
    bundle: job.bundle,
    archive: job.archive,
    created,
    started,
    finished,
    ...(finished !== undefined && {
      expires: new Date(Date.parse(finished) + keepSeconds * 1000).toISOString(),
    }),
    attempts,
    failure,
    notStored: job.notStored,
    foreign: results?.foreign,
    results: (results?.files ?? []).map(view),
    links: { self, events: `${self}/events` },
  };
}

export const bundleViewSchema = z
  .object({
    name: z.string().describe("What requests call it."),
    fingerprint: z.string(),
    title: z.string(),
    version: z.string(),
    summary: z.string(),
    intendedUse: z.string(),
    limitations: z.string(),
    licence: z.string(),
    organs: z.array(z.string()),
    labelMode: z.string(),
    inputChannels: z.array(z.string()),
    modalities: z
      .array(z.union([z.string(), z.array(z.string())]))
      .describe(
        "What it was trained on. Where there are several, a job must say which its image is, unless it is DICOM.",
      ),
    links: z.object({
      self: link,
      card: link,
      files: z.array(link).describe("To compute on the page itself."),
    }),
  })
  .openapi("Bundle");

export function bundleView({
  name,
  fingerprint,
  files,
  card,
  labels,
}: ServedBundle): z.infer<typeof bundleViewSchema> {
  const self = `/api/bundles/${name}`;
  return {
    name,
    fingerprint,
    title: card.name,
    version: card.version,
    summary: card.summary,
    intendedUse: card.intendedUse,
    limitations: card.limitations,
    licence: card.licence,
    organs: labels.organs,
    labelMode: labels.labelMode,
    inputChannels: labels.inputChannels,
    modalities: labels.modalities,
    links: { self, card: `${self}/files/card.md`, files: files.map((file) => `${self}/files/${file}`) },
  };
}

export const serverViewSchema = z
  .object({
    software: z.literal("sureseg"),
    version: z.string(),
    authentication: z.enum(["none", "bearer"]),
    dicomweb: z.boolean().describe("Whether jobs may name a series of an archive."),
    limits: z.object({
      maxUploadBytes: z.int(),
      maxQueue: z.int(),
      maxSeconds: z.number(),
      keepSeconds: z.number(),
    }),
  })
  .openapi("Server");
