/**
 * Sessions for devices where nothing may fall back to the CPU.
 *
 * ONNX Runtime computes with sizes (a Shape node and the integers that follow it) on the CPU and nowhere else. So where a
 * model leaves sizes open it is opened once an image comes, with that image's sizes filled in: such nodes are then
 * folded away. Another size opens it anew.
 */
import { encode } from "../encode.js";
import { feedOf, type Session, type Tensor } from "../engine.js";
import { Graph } from "../graph.js";
import { leavesSizesOpen, readSignature, withInputSizes } from "../input-sizes.js";
import { negate } from "../operators/index.js";

/**
 * @param create opens a model whose sizes are all known
 * @throws what `create` throws, for a model of open sizes too where no model at all can be opened
 */
export async function openForEachSize(
  model: Uint8Array,
  create: (model: Uint8Array) => Promise<Session>,
): Promise<Session> {
  if (!leavesSizesOpen(model)) return create(model);
  await (await create(smallest())).release();
  return new OpenSizeSession(model, create);
}

/** A model that any device can run: whether one is there shows at once, not when the first image comes. */
function smallest(): Uint8Array {
  const graph = new Graph();
  graph.output("y", negate(graph.input("x", [1])));
  return encode(graph);
}

class OpenSizeSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private current: { readonly sizes: string; readonly session: Session } | undefined;

  constructor(
    private readonly model: Uint8Array,
    private readonly create: (model: Uint8Array) => Promise<Session>,
  ) {
    const { inputs, outputs } = readSignature(model);
    this.inputNames = inputs;
    this.outputNames = outputs;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>> {
    const dims = Object.fromEntries(this.inputNames.map((name) => [name, feedOf(feeds, name).dims]));
    const sizes = JSON.stringify(dims);
    if (this.current?.sizes !== sizes) {
      await this.release();
      this.current = { sizes, session: await this.create(withInputSizes(this.model, dims)) };
    }
    return this.current.session.run(feeds, outputs, into);
  }

  async release(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.session.release();
  }
}
