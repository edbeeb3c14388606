/**
 * Draws simple anatomy: soft-edged ellipsoids and tubes, painted one over another, then imaged with partial volume,
 * bias field and noise.
 *
 * Places and radii are in units of half the field of view: the image spans -1 to 1 along every axis
 * (x towards the patient's right hand being negative, as in RAS).
 */
import type { Random } from "../../base/index.js";
import { affineFromSpacing, type Shape, type Vector, type Volume } from "../../volume/index.js";

export interface Body {
  readonly centre: Vector;
  readonly radii: Vector;
  readonly intensity: number;
  /** Rotation about the long axis of the patient, radians. */
  readonly turn?: number;
  /** A tube that runs along the patient: the third radius is ignored, the centre line bends by this much. */
  readonly tubeBend?: number;
  /** Label value; bodies without one are background anatomy. */
  readonly label?: number;
}

export interface Scene {
  /** Painted in this order, later over earlier. */
  readonly bodies: readonly Body[];
  /** Intensity outside all bodies. */
  readonly air: number;
  /** Standard deviation of the noise. */
  readonly noise: number;
  /** Rician noise (magnitude MR) instead of Gaussian. */
  readonly rician: boolean;
  /** Largest relative change of intensity by the bias field; 0 for none. */
  readonly bias: number;
}

/** How soft an edge is, in voxels: the width over which two tissues share a voxel. */
const edgeWidth = 1;

export function drawScene(
  scene: Scene,
  shape: Shape,
  spacing: Vector,
  random: Random,
): { image: Volume<Float32Array>; labels: Volume<Uint8Array> } {
  const [ni, nj, nk] = shape;
  const image = new Float32Array(ni * nj * nk).fill(scene.air);
  const labels = new Uint8Array(image.length);
  for (const body of scene.bodies) paint(body, shape, image, labels);
  applyBias(image, shape, scene.bias, random);
  addNoise(image, scene, random);
  const origin = shape.map((size, axis) => (-(size - 1) / 2) * spacing[axis]!) as unknown as Vector;
  const grid = { shape, affine: affineFromSpacing(spacing, origin), channels: 1 };
  return { image: { ...grid, data: image }, labels: { ...grid, data: labels } };
}

function paint(body: Body, shape: Shape, image: Float32Array, labels: Uint8Array): void {
  const [ni, nj, nk] = shape;
  const { centre, radii, intensity, turn = 0, tubeBend, label = 0 } = body;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const smallest = Math.min(
    (radii[0] * ni) / 2,
    (radii[1] * nj) / 2,
    tubeBend === undefined ? (radii[2] * nk) / 2 : 1e9,
  );
  let at = 0;
  for (let k = 0; k < nk; k++) {
    const z = (2 * k + 1) / nk - 1;
    const bend = tubeBend === undefined ? 0 : tubeBend * Math.sin(2 * z);
    const dz = tubeBend === undefined ? (z - centre[2]) / radii[2] : 0;
    for (let j = 0; j < nj; j++) {
      const y = (2 * j + 1) / nj - 1 - centre[1] - bend;
      for (let i = 0; i < ni; i++, at++) {
        const x = (2 * i + 1) / ni - 1 - centre[0];
        const dx = (cosine * x + sine * y) / radii[0];
        const dy = (cosine * y - sine * x) / radii[1];
        const distance = (Math.sqrt(dx * dx + dy * dy + dz * dz) - 1) * smallest;
        const share = Math.min(1, Math.max(0, 0.5 - distance / edgeWidth));
        if (share === 0) continue;
        image[at] = image[at]! + share * (intensity - image[at]!);
        if (share >= 0.5) labels[at] = label;
      }
    }
  }
}

/** Multiplies by a smooth field: a random plane and a random bowl. */
function applyBias(image: Float32Array, shape: Shape, strength: number, random: Random): void {
  if (strength === 0) return;
  const slopes = [0, 1, 2].map(() => random.between(-1, 1));
  const bowl = random.between(-1, 1);
  const [ni, nj, nk] = shape;
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const [x, y, z] = [i / ni - 0.5, j / nj - 0.5, k / nk - 0.5];
        const field = slopes[0]! * x + slopes[1]! * y + slopes[2]! * z + bowl * 2 * (x * x + y * y + z * z);
        image[at] = image[at]! * (1 + strength * field);
      }
    }
  }
}

function addNoise(image: Float32Array, { noise, rician }: Scene, random: Random): void {
  for (let i = 0; i < image.length; i++) {
    const real = image[i]! + noise * random.normal();
    image[i] = rician ? Math.hypot(real, noise * random.normal()) : real;
  }
}
