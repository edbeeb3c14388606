/** Jobs: sent, asked after, and their results fetched. */
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { modalities } from "../../volume/index.js";
import { SERIES_FOLDER } from "../jobs/archive-transfer.js";
import { archivedSeriesSchema, type Job, jobIdSchema, resultNames } from "../jobs/job.js";
import { QueueAway } from "../jobs/job-queue.js";
import type { NewJob } from "../jobs/job-store.js";
import type { ServedBundle, ServedBundles } from "../jobs/served-bundles.js";
import { inOrderOfChannels } from "./channel-order.js";
import type { RequestEnvironment, ServerParts } from "./environment.js";
import { Problem, problemResponse } from "./problem.js";
import { jobView, jobViewSchema } from "./schemas.js";
import { readShortBody } from "./short-body.js";
import { receiveUpload, refuseUnsuited, type Upload } from "./upload.js";

export type Application = OpenAPIHono<RequestEnvironment>;

export const jobParameter = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: "0123456789abcdef0123456789abcdef" }),
});

const jobAnswer = (description: string) => ({
  description,
  content: { "application/json": { schema: jobViewSchema } },
});

export const noSuchJob = problemResponse("There is no such job, or none any more.");

/** The job that a request is about. @throws Problem 404 where there is none, or it is somebody else's */
export async function jobOf(
  context: Context<RequestEnvironment>,
  { store }: Pick<ServerParts, "store">,
): Promise<Job> {
  const id = context.req.param("id") ?? "";
  const job = jobIdSchema.safeParse(id).success ? await store.read(id) : undefined;
  if (job === undefined || job.owner !== context.get("client")) {
    throw new Problem(404, "There is no such job, or none any more.");
  }
  return job;
}

export function addJobRoutes(app: Application, parts: ServerParts): void {
  const { store, queue, events, limits } = parts;

  app.openAPIRegistry.registerPath(sendRoute);
  app.post("/api/jobs", async (context) => {
    const isJson = /^application\/json *(;|$)/i.test(context.req.header("content-type") ?? "");
    const job = isJson ? await takeArchivedJob(context, parts) : await takeJob(context, parts);
    const view = jobView(job, limits.keepSeconds);
    return context.json(view, 202, { Location: view.links.self });
  });

  app.openapi(askRoute, async (context) =>
    context.json(jobView(await jobOf(context, parts), limits.keepSeconds), 200),
  );

  app.openapi(deleteRoute, async (context) => {
    const { id } = await jobOf(context, parts);
    // What a client wants gone goes, even while the queue is away: whoever works on it finds it gone.
    await queue.cancel(id).catch(ignoreQueueAway);
    events.forget(id);
    await store.remove(id);
    return context.body(null, 204);
  });

  app.openapi(resultRoute, async (context) => {
    const job = await jobOf(context, parts);
    const name = context.req.param("name");
    if (job.results === undefined) throw new Problem(409, `The job is ${job.state}: there are no results.`);
    const result = job.results.files.find((file) => file.name === name);
    if (result === undefined) throw new Problem(404, "The job has no result of this name.");
    const file = await open(store.resultPath(job.id, result));
    return new Response(Readable.toWeb(file.createReadStream()) as ReadableStream, {
      headers: {
        "Content-Type": result.mediaType,
        "Content-Length": String(result.bytes),
        "Content-Disposition": `attachment; filename="${result.file}"`,
      },
    });
  });
}

function ignoreQueueAway(error: unknown): void {
  if (!(error instanceof QueueAway)) throw error;
}

/** From an upload to a job in the queue. Whatever goes wrong, nothing of it is left. */
async function takeJob(context: Context<RequestEnvironment>, parts: ServerParts): Promise<Job> {
  const { store, admission, metrics, limits } = parts;
  const { incoming } = context.env;
  refuseUnsuited(incoming, limits);
  const leave = await admission.enter();
  try {
    return await addedJob(parts, async (id) => {
      const upload = await receiveUpload(incoming, store.inputFolder(id), limits);
      const { bundle, ...said } = formFields(upload, parts);
      const files = inOrderOfChannels(upload.files, bundle.labels.inputChannels.length);
      metrics.upload(upload.bytes);
      return { bundle: named(bundle), image: { files, ...said }, owner: context.get("client") };
    });
  } finally {
    leave();
  }
}

/** From the names of a series to a job in the queue: whoever works it fetches the series. */
async function takeArchivedJob(context: Context<RequestEnvironment>, parts: ServerParts): Promise<Job> {
  const { archive, admission, bundles, limits } = parts;
  if (archive === undefined) throw new Problem(422, "This server has no archive. Send the image itself.");
  const wanted = archivedJob(await readShortBody(context.env.incoming, limits));
  const bundle = chosenBundle(wanted.bundle, bundles);
  const leave = await admission.enter();
  try {
    const { study, series, store, storeForeign } = wanted;
    return await addedJob(parts, async () => ({
      bundle: named(bundle),
      image: { files: [SERIES_FOLDER] },
      archive: { study, series, store, storeForeign },
      owner: context.get("client"),
    }));
  } finally {
    leave();
  }
}

/** Whatever goes wrong, nothing of the job is left. */
async function addedJob({ store, queue }: ServerParts, made: (id: string) => Promise<NewJob>): Promise<Job> {
  const id = await store.reserve();
  try {
    const job = await store.create(id, await made(id));
    if (job === undefined) throw new Problem(503, "The server is stopping.");
    await queue.add(id);
    return job;
  } catch (error) {
    await store.remove(id);
    throw error;
  }
}

const named = ({ name, fingerprint }: ServedBundle): NewJob["bundle"] => ({ name, fingerprint });

const archivedJobSchema = z.strictObject({
  study: archivedSeriesSchema.shape.study.describe("Study Instance UID."),
  series: archivedSeriesSchema.shape.series.describe("Series Instance UID."),
  store: z
    .boolean()
    .default(false)
    .describe(
      "Store the segmentation in the archive before the job is done; that of a foreign image is not stored, and the job says so in notStored.",
    ),
  storeForeign: z
    .boolean()
    .default(false)
    .describe("With store: store the segmentation even where the guard judges the image foreign."),
  bundle: z.string().optional().describe("Its name; may be left out where the server has one."),
});

function archivedJob(text: string): z.infer<typeof archivedJobSchema> {
  try {
    return archivedJobSchema.parse(JSON.parse(text));
  } catch {
    throw new Problem(
      400,
      "Give an object of JSON with study and series (unique identifiers of DICOM), and if need be store and storeForeign (true or false) and bundle (a name).",
    );
  }
}

const fieldsSchema = z.strictObject({
  bundle: z.string().optional(),
  modality: z
    .string()
    .transform((text) => text.split(",").map((word) => word.trim()))
    .pipe(z.array(z.enum(modalities)).min(1).max(64))
    .optional(),
  series: z
    .string()
    .regex(/^[0-9.]{1,64}$/)
    .optional(),
});

function formFields({ fields }: Upload, { bundles }: ServerParts) {
  const parsed = fieldsSchema.safeParse(Object.fromEntries(fields));
  if (!parsed.success) {
    throw new Problem(
      400,
      `The form may hold bundle (a name), modality (${modalities.join(", ")}; one for each channel with commas between) and series (a number or UID), besides its files.`,
    );
  }
  const { bundle, modality, series } = parsed.data;
  return { bundle: chosenBundle(bundle, bundles), modalities: modality, series };
}

function chosenBundle(wanted: string | undefined, bundles: ServedBundles): ServedBundle {
  const only = bundles.size === 1 ? [...bundles.keys()][0] : undefined;
  const bundle = bundles.get(wanted ?? only ?? "");
  if (bundle === undefined) {
    const known = [...bundles.keys()].join(", ") || "none";
    throw new Problem(422, `Name a bundle of this server in the field bundle: ${known}.`);
  }
  return bundle;
}

const sendRoute = {
  method: "post",
  path: "/api/jobs",
  operationId: "sendImage",
  summary: "Send an image",
  description:
    "A form with the image as the file `image`: NIfTI, NRRD, MetaImage, a DICOM file or a zip of a DICOM series; a file for each channel where the bundle takes several. What a file is, its bytes say. Where the server has an archive, an object of JSON may name a series there instead.",
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z.object({
            image: z.string().openapi({ format: "binary" }),
            bundle: z.string().optional().describe("Its name; may be left out where the server has one."),
            modality: z
              .string()
              .optional()
              .describe(
                `${modalities.join(", ")}; one for each channel with commas between. DICOM says it itself.`,
              ),
            series: z.string().optional().describe("Which volume, where DICOM files hold several."),
          }),
        },
        "application/json": { schema: archivedJobSchema },
      },
    },
  },
  responses: {
    202: jobAnswer("The job is in the queue; Location is where to ask after it."),
    400: problemResponse("The form is broken, cut off or holds what it may not."),
    408: problemResponse("The upload stood still."),
    413: problemResponse("The upload is longer than the server takes."),
    415: problemResponse("It is no form, or the file is no image."),
    422: problemResponse("The bundle is unknown, or the files make up no one image."),
    503: problemResponse("The server is stopping, or its queue does not answer."),
    429: problemResponse("The queue is full: try again after the seconds of Retry-After."),
  },
} as const;

const askRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}",
  operationId: "askJob",
  summary: "Ask after a job",
  request: { params: jobParameter },
  responses: { 200: jobAnswer("The job as it stands."), 404: noSuchJob },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/jobs/{id}",
  operationId: "deleteJob",
  summary: "Delete a job",
  description: "Stops it if need be, and deletes everything of it.",
  request: { params: jobParameter },
  responses: { 204: { description: "It is gone." }, 404: noSuchJob },
});

const resultRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}/results/{name}",
  operationId: "fetchResult",
  summary: "Fetch a result",
  description:
    "`mask` and `confidence` in the image's own format (NIfTI for DICOM), `segmentation` as DICOM SEG where the image was DICOM, `verdict` as JSON, `figures` as JSON: the organs' volumes in millilitres with their ranges, and the image's signatures.",
  request: {
    params: jobParameter.extend({
      name: z.enum(resultNames).openapi({ param: { name: "name", in: "path" } }),
    }),
  },
  responses: {
    200: {
      description: "The file.",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    404: noSuchJob,
    409: problemResponse("The job is not done."),
  },
});
