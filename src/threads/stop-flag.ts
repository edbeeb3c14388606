/**
 * Asking another thread to stop. A message alone arrives late where that thread computes without a pause; a flag in
 * shared memory is seen at its next look, and the message wakes up whatever only listens.
 */

export type StopFlag = Int32Array<SharedArrayBuffer>;

/** A flag that is down; handed to a thread, it stays the same flag. */
export const newStopFlag = (): StopFlag => new Int32Array(new SharedArrayBuffer(4));

export function raise(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
}

/**
 * A controller whose signal is aborted as soon as anybody looks at it after the flag was raised. Listeners of the
 * signal are called at that look, or by `controller.abort()`, which the receiver of the message calls.
 */
export function controllerOf(flag: StopFlag): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const look = (): void => {
    if (Atomics.load(flag, 0) === 1) controller.abort();
  };
  const { get: aborted } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!;
  Object.defineProperties(signal, {
    aborted: {
      get: () => {
        look();
        return aborted!.call(signal);
      },
    },
    throwIfAborted: {
      value: () => {
        look();
        AbortSignal.prototype.throwIfAborted.call(signal);
      },
    },
  });
  return controller;
}
