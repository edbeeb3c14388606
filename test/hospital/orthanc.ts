/** A scratch Orthanc with its DICOMweb plugin on loopback, from Debian's packages `orthanc` and `orthanc-dicomweb`. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { unzipSync } from "fflate";
import { freePort } from "./free-port.js";

const binary = "/usr/sbin/Orthanc";
const plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/** Why tests with Orthanc cannot run here; undefined where they can. */
export const orthancMissing: string | undefined =
  existsSync(binary) && existsSync(plugin)
    ? undefined
    : "Debian's orthanc and orthanc-dicomweb are not installed";

export const credentials = "sureseg:secret";

export class Orthanc {
  private readonly folder = mkdtempSync(join(tmpdir(), "orthanc-"));
  private port = 0;
  private process?: ChildProcess;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    this.port = await freePort();
    const configuration = join(this.folder, "orthanc.json");
    writeFileSync(
      configuration,
      JSON.stringify({
        Name: "test",
        StorageDirectory: join(this.folder, "storage"),
        IndexDirectory: join(this.folder, "storage"),
        Plugins: [plugin],
        HttpPort: this.port,
        RemoteAccessAllowed: false,
        DicomServerEnabled: false,
        AuthenticationEnabled: true,
        RegisteredUsers: { sureseg: "secret" },
        DicomWeb: { Enable: true, Root: "/dicom-web/" },
      }),
    );
    this.process = spawn(binary, [configuration], { stdio: "ignore" });
    for (let attempt = 0; attempt < 300; attempt++) {
      if (
        await this.ask("/system").then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await pause(100);
    }
    throw new Error("Orthanc did not answer within 30 s");
  }

  /** Orthanc's own REST API. */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
    return fetch(`${this.url}${path}`, { ...init, headers: { ...init.headers, authorization } });
  }

  /** Sends it the files of a zip. */
  async fill(zip: string): Promise<void> {
    for (const file of Object.values(unzipSync(readFileSync(zip)))) {
      await this.ask("/instances", { method: "POST", body: Buffer.from(file) });
    }
  }

  /** Its names for the segmentations of a study. */
  async segmentations(study: string): Promise<string[]> {
    const answer = await this.ask("/tools/find", {
      method: "POST",
      body: JSON.stringify({ Level: "Instance", Query: { Modality: "SEG", StudyInstanceUID: study } }),
    });
    return (await answer.json()) as string[];
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process?.once("exit", resolve));
    this.process?.kill("SIGTERM");
    if (this.process !== undefined) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
