/**
 * What is on the disk after a power cut at any moment of a write.
 *
 * The model is the least that POSIX promises: what a file holds is there for good once the file was synced, and what a folder holds
 * (a name made, given or taken away) once the folder was; of all else, any part may be there or not. The calls are recorded and
 * replayed on that model, cut off after each of them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import type * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { writeFileAtomically, writeFilesTogether } from "./atomic-write.js";

type Call =
  | { readonly what: "write" | "sync" | "makeFolder"; readonly path: string }
  | { readonly what: "rename"; readonly path: string; readonly to: string };

const calls: Call[] = [];

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof promises>();
  return {
    ...real,
    mkdir: async (path: string, options: object) => {
      const first = (await real.mkdir(path, options)) as string | undefined;
      const made: string[] = [];
      for (let at = path; first !== undefined && at.length >= first.length; at = dirname(at))
        made.unshift(at);
      calls.push(...made.map((folder) => ({ what: "makeFolder", path: folder }) as const));
      return first;
    },
    open: async (path: string, flags: string) => {
      const handle = await real.open(path, flags);
      return {
        writeFile: async (bytes: string) => {
          calls.push({ what: "write", path });
          await handle.writeFile(bytes);
        },
        sync: async () => {
          await handle.sync();
          calls.push({ what: "sync", path });
        },
        close: () => handle.close(),
      };
    },
    rename: async (path: string, to: string) => {
      await real.rename(path, to);
      calls.push({ what: "rename", path, to });
    },
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sureseg-power-"));
  calls.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type State = "absent" | "old" | "new" | "half";

/**
 * Everything that a path may be after a cut when `done` calls were made.
 *
 * @param before what the path was at the start
 */
function statesAfter(done: readonly Call[], path: string, before: "absent" | "old"): Set<State> {
  const synced = (what: string, from: number): boolean =>
    done.slice(from).some((call) => call.what === "sync" && call.path === what);
  const states = new Set<State>([before]);
  // The folders on the way to it may be lost with all that is in them.
  const lost = done.some(
    (call, at) => call.what === "makeFolder" && path.startsWith(call.path) && !synced(dirname(call.path), at),
  );
  for (const [at, call] of done.entries()) {
    const content = (file: string): State =>
      done.slice(0, at).some((one) => one.what === "sync" && one.path === file) ? "new" : "half";
    const given = call.what === "rename" && call.to === path ? content(call.path) : undefined;
    const written = call.what === "write" && call.path === path ? "half" : undefined;
    const state = given ?? written;
    if (state === undefined) continue;
    if (synced(dirname(path), at)) states.clear();
    states.add(state);
  }
  if (lost) states.add("absent");
  return states;
}

/** Every moment at which the power may go. */
const moments = (): (readonly Call[])[] =>
  Array.from({ length: calls.length + 1 }, (_, count) => calls.slice(0, count));

it.each(["absent", "old"] as const)("a file that was %s is that or the new one, whole", async (before) => {
  const path = join(folder, "x.json");
  await writeFileAtomically(path, "new");
  expect(calls.map(({ what }) => what)).toEqual(["write", "sync", "rename", "sync"]);
  for (const done of moments())
    expect([before, "new"]).toEqual(expect.arrayContaining([...statesAfter(done, path, before)]));
});

it("a file that was written is there for good, in folders that are", async () => {
  const path = join(folder, "a", "b", "x.json");
  await writeFileAtomically(path, "new");
  expect(calls.filter(({ what }) => what === "makeFolder")).toHaveLength(2);
  expect([...statesAfter(calls, path, "absent")]).toEqual(["new"]);
});

it("the last of files that belong together is there only when all others are", async () => {
  const paths = ["model.onnx", "guard.json", "manifest.json"].map((name) => join(folder, name));
  await writeFilesTogether(paths.map((path) => [path, "new"] as const));
  for (const done of moments()) {
    const [model, guard, manifest] = paths.map((path) => statesAfter(done, path, "old"));
    for (const states of [model!, guard!, manifest!]) expect(states.has("half")).toBe(false);
    if (manifest!.has("new")) expect([[...model!], [...guard!]]).toEqual([["new"], ["new"]]);
  }
  expect([...statesAfter(calls, paths[2]!, "old")]).toEqual(["new"]);
});

it("the model would see a write without a sync, and one in place", () => {
  const path = join(folder, "x");
  const rename = { what: "rename", path: `${path}.partial`, to: path } as const;
  expect([...statesAfter([{ what: "write", path: `${path}.partial` }, rename], path, "old")]).toContain(
    "half",
  );
  expect([...statesAfter([{ what: "write", path }], path, "old")]).toContain("half");
  const synced = [
    { what: "write", path: `${path}.partial` },
    { what: "sync", path: `${path}.partial` },
    rename,
  ] as const;
  expect([...statesAfter(synced, path, "old")].sort()).toEqual(["new", "old"]);
});
