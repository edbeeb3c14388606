/** One window through an open network, with everything that the guard wants of it: the same in Node and in the page. */
export class ForwardPass {
  #results = {};

  /** @param image channels and lengths along [i, j, k] */
  constructor(session, { channels, window: [width, height, depth] }) {
    this.session = session;
    const voxels = width * height * depth;
    const data = Float32Array.from(
      { length: channels * voxels },
      (_, at) => Math.sin(at * 0.05) + Math.sin(at * at * 0.37),
    );
    this.feeds = {
      image: { type: "float32", dims: [1, channels, depth, height, width], data },
      interior: {
        type: "int64",
        dims: [6],
        data: BigInt64Array.of(0n, 0n, 0n, ...[depth, height, width].map(BigInt)),
      },
    };
  }

  /** @returns milliseconds of each pass */
  async times(passes) {
    const times = [];
    for (let pass = 0; pass < passes; pass++) {
      const began = performance.now();
      this.#results = await this.session.run(this.feeds, this.session.outputNames, this.#results);
      times.push(performance.now() - began);
    }
    return times;
  }

  /** Of the last run. */
  logits() {
    return Array.from(this.#results.logits.data);
  }
}
