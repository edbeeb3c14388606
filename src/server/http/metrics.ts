/** What Prometheus reads. No label holds anything that a client chose. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { JobQueue } from "../jobs/job-queue.js";

export class ServerMetrics {
  private readonly registry = new Registry();
  readonly contentType = this.registry.contentType;

  private readonly requests = new Histogram({
    name: "sureseg_http_request_seconds",
    help: "Time to answer, by method, route and status.",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.005, 0.02, 0.05, 0.2, 1, 5, 30],
    registers: [this.registry],
  });
  private readonly jobs = new Counter({
    name: "sureseg_jobs_total",
    help: "Jobs that ended, by how: done, failed or deleted.",
    labelNames: ["state"] as const,
    registers: [this.registry],
  });
  private readonly foreign = new Counter({
    name: "sureseg_foreign_images_total",
    help: "Jobs done whose image was unlike those that the network was trained on, by bundle.",
    labelNames: ["bundle"] as const,
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: "sureseg_job_seconds",
    help: "Time that work on a job took, waiting left out.",
    buckets: [1, 3, 10, 30, 60, 120, 300, 900],
    registers: [this.registry],
  });
  private readonly uploaded = new Counter({
    name: "sureseg_uploaded_bytes_total",
    help: "Bytes of uploads that became jobs.",
    registers: [this.registry],
  });
  private readonly refused = new Counter({
    name: "sureseg_refused_requests_total",
    help: "Requests refused, by status.",
    labelNames: ["status"] as const,
    registers: [this.registry],
  });

  constructor(queue: JobQueue) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = new Gauge({
      name: "sureseg_jobs",
      help: "Jobs in the queue, by state.",
      labelNames: ["state"] as const,
      registers: [this.registry],
      async collect() {
        const counts = await queue.counts().catch(() => ({ waiting: Number.NaN, running: Number.NaN }));
        gauge.set({ state: "waiting" }, counts.waiting);
        gauge.set({ state: "running" }, counts.running);
      },
    });
  }

  request(
    labels: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void {
    this.requests.observe(labels, seconds);
    if (labels.status >= 400) this.refused.inc({ status: labels.status });
  }

  jobEnded(state: "done" | "failed" | "deleted", seconds: number | undefined): void {
    this.jobs.inc({ state });
    if (seconds !== undefined) this.seconds.observe(seconds);
  }

  foreignImage(bundle: string): void {
    this.foreign.inc({ bundle });
  }

  upload(bytes: number): void {
    this.uploaded.inc(bytes);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
