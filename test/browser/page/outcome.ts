/** What reading an image gives, in a form that can be compared over the border of a browser. */
import { UserError } from "../../../src/base/index.js";
import type { SourcedVolume } from "../../../src/sources/index.js";

export interface Outcome {
  readonly error?: string;
  readonly shape?: readonly number[];
  readonly affine?: readonly number[];
  readonly channels?: number;
  readonly type?: string;
  /** SHA-256 of the voxels' bytes. */
  readonly voxels?: string;
  readonly modality?: unknown;
  readonly warnings?: readonly string[];
}

export async function outcomeOf(read: () => Promise<SourcedVolume>): Promise<Outcome> {
  try {
    const { shape, affine, channels, data, source } = await read();
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return {
      shape,
      affine,
      channels,
      type: data.constructor.name,
      voxels: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      modality: source.modality,
      warnings: source.warnings,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error: error.message };
  }
}
