/** A folder with phantom datasets in which tests run the real binary. */
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { makePhantomDatasets } from "../../src/dataset/index.js";

export const binary = resolve(import.meta.dirname, "../../dist/cli/main.js");

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "sureseg-"));

  /** Makes the datasets, 14 cases and 2 foreign images of each kind. */
  async fill(): Promise<void> {
    const options = { casesPerDataset: 14, foreignCasesPerKind: 2, shape: [24, 24, 20] } as const;
    await makePhantomDatasets(this.path("data"), options);
  }

  private path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  sureseg = (...args: string[]): Promise<Outcome> => this.run(process.execPath, [binary, ...args]);

  run(command: string, args: readonly string[]): Promise<Outcome> {
    return new Promise((done) => {
      execFile(command, args, { cwd: this.folder, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        done({ status: error ? (error.code as number) : 0, stdout, stderr });
      });
    });
  }

  /** Writes a configuration for a network of seconds on two of the datasets; returns its path. */
  configuration = (output: string, changes: object = {}): string => {
    const path = this.path(`${output}.yaml`);
    const organ = (name: string, label: string) => ({ folder: `data/${name}`, organs: { [label]: [1] } });
    writeFileSync(
      path,
      stringify({
        name: "tiny",
        output,
        datasets: [organ("phantom_liver_ct", "liver"), organ("phantom_kidneys_mr_t2", "kidneys")],
        preparation: { spacing: { policy: "fit", voxels: 24 } },
        network: { architecture: "unet", channels: 4, levels: 2, dropout: 0.1 },
        patch: [16, 16, 16],
        updates: 12,
        validateEvery: 4,
        // Ten validation images: just enough for the default promise of 10 %.
        split: { test: 0.15, validation: 0.35 },
        ...changes,
      }),
    );
    return path;
  };
}
