import { expect, it, vi } from "vitest";
import { controllerOf, newStopFlag, raise } from "./stop-flag.js";

it("aborts the signal at the first look after the flag is raised, without a turn of the event loop", () => {
  const flag = newStopFlag();
  const { signal } = controllerOf(flag);
  const heard = vi.fn();
  signal.addEventListener("abort", heard);
  expect(signal.aborted).toBe(false);
  expect(() => signal.throwIfAborted()).not.toThrow();
  raise(flag);
  expect(signal.aborted).toBe(true);
  expect(signal.aborted).toBe(true);
  expect(heard).toHaveBeenCalledTimes(1);
});

it("throws the signal's reason, whoever looks first", () => {
  const flag = newStopFlag();
  const { signal } = controllerOf(flag);
  raise(flag);
  let thrown: unknown;
  try {
    signal.throwIfAborted();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeDefined();
  expect(thrown).toBe(signal.reason);
});

it("tells listeners when its controller aborts", () => {
  const controller = controllerOf(newStopFlag());
  const heard = vi.fn();
  controller.signal.addEventListener("abort", heard);
  controller.abort();
  expect(heard).toHaveBeenCalledTimes(1);
  expect(controller.signal.aborted).toBe(true);
});
