import { EmbeddedQueue } from "../../src/server/jobs/embedded-queue.js";
import { jobQueueContract } from "./job-queue.js";

jobQueueContract("in memory", async (place, predictors) => ({
  queue: new EmbeddedQueue(predictors, place),
  predictors,
}));
