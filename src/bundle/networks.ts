/** The networks of a bundle, opened: one that stays open, and those of an ensemble one after the other. */
import { UserError } from "../base/index.js";
import type { Engine, Session, SessionOptions } from "../graph/index.js";
import type { Bundle, BundleNetwork } from "./bundle.js";
import { openModel } from "./open-model.js";

/** A bundle whose first network is open in an engine. */
export interface OpenedBundle {
  readonly bundle: Bundle;
  readonly session: Session;
  /** Opens a further network of an ensemble, for as long as it looks at one image; whoever opens it releases it. */
  readonly openFurther?: (model: Uint8Array) => Promise<Session>;
}

/**
 * The one way to open a bundle for the pipeline, ensemble or not. Release `session` when it is done.
 *
 * @throws UserError where a network is none that the runtime opens: a manifest vouches for bytes, not for what they are
 */
export async function openNetworks(
  engine: Engine,
  bundle: Bundle,
  options: SessionOptions = {},
): Promise<OpenedBundle> {
  const open = (model: Uint8Array): Promise<Session> =>
    openModel(engine, model, options).catch((cause) => {
      throw cause instanceof UserError ? cause : noNetwork(cause);
    });
  return { bundle, session: await open(bundle.model), openFurther: open };
}

/** The runtime's own message quotes names of the file: it goes no further than the cause. */
const noNetwork = (cause: unknown): UserError =>
  new UserError({
    subject: "bundle, model.onnx",
    found: "a model that cannot be opened",
    expected: "the network that was exported with the bundle",
    advice: "Copy or export the bundle again; what the runtime says of it is in the log.",
    cause,
  });

/** A network and its session. */
export interface OpenNetwork {
  readonly network: BundleNetwork;
  readonly session: Session;
}

/**
 * All networks of a bundle. Two are open at most, so that memory does not grow with the ensemble: to open a network costs
 * little beside an image.
 */
export async function* eachNetwork({
  bundle,
  session,
  openFurther,
}: OpenedBundle): AsyncGenerator<OpenNetwork> {
  yield { network: bundle, session };
  for (const network of bundle.further ?? []) {
    if (openFurther === undefined) throw new Error("an ensemble was opened without a way to its networks");
    const own = await openFurther(network.model);
    try {
      yield { network, session: own };
    } finally {
      await own.release();
    }
  }
}
