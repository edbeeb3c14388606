/** What goes wrong, an entry each. `trial` disturbs one work, has it gone on with, and says how that went. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killSome, sleep } from "./processes.mjs";

/** As a work ends well: all trusted, or some foreign. */
const WELL = [0, 3];

/** Kills of one work; then it is left alone, so that every trial ends. */
const MOST_KILLS = 10;
/** A job at which three workers were lost is given up on purpose. */
const MOST_KILLS_OF_WORKERS = 2;

const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
].find((path) => existsSync(path));

/** Waits for a random moment of a work of usual length; true where the work had not ended by then. */
async function atRandomMoment(work, { milliseconds }, random) {
  let over = false;
  const ended = work.ended.then(() => {
    over = true;
  });
  // Of a job only the part in which a worker is there.
  while (work.ready?.() === false && !over) await sleep(50);
  await Promise.race([ended, sleep(random.uniform() * milliseconds)]);
  return !over;
}

async function finished(start, trial) {
  const end = await start().ended;
  if (!WELL.includes(end.status)) trial.wrong.push(`ended with ${end.status}: ${end.stderr}`);
}

const mounted = (options, folder) =>
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });

export const disturbances = {
  killed: {
    what: "SIGKILL at a random moment, gone on with at once",
    trial: async ({ victim, folder, start, usual, random }) => {
      const trial = { disturbed: 0, wrong: [] };
      const most = victim === "worker" ? MOST_KILLS_OF_WORKERS : MOST_KILLS;
      while (trial.disturbed < most) {
        const work = start(folder);
        if (!(await atRandomMoment(work, usual, random))) {
          const end = await work.ended;
          if (!WELL.includes(end.status)) trial.wrong.push(`ended with ${end.status}: ${end.stderr}`);
          return trial;
        }
        killSome(work, random);
        trial.disturbed++;
        await work.ended;
        // Children whose parent was killed may work on; a user would start anew beside them, or after a restart.
        if (random.below(2) === 0) work.stop();
      }
      await finished(() => start(folder), trial);
      return trial;
    },
  },
  full: {
    what: "the disk (a tmpfs of random size) is full at a random write; then there is room",
    trial: async ({ folder, start, usual, random }) => {
      const trial = { disturbed: 0, wrong: [] };
      const bytes = 4096 * (1 + random.below(Math.ceil(usual.bytes / 4096)));
      mounted(`size=${bytes}`, folder);
      try {
        const { status, stderr } = await start(folder).ended;
        if (!WELL.includes(status)) {
          trial.disturbed = 1;
          if (status !== 1 || !/full disk|no space|ENOSPC|507|server failed|cannot write/i.test(stderr)) {
            trial.wrong.push(`full disk: ended with ${status}: ${stderr}`);
          }
          execFileSync("mount", ["-o", "remount,size=256m", folder], { stdio: "pipe" });
          await finished(() => start(folder), trial);
        }
        trial.results = usual.results(folder);
        trial.left = usual.left(folder);
      } finally {
        execFileSync("umount", ["-l", folder], { stdio: "pipe" });
      }
      return trial;
    },
  },
  clock: {
    what: "the clock is set back an hour at a random moment (libfaketime); every second work is killed later, and gone on with in the earlier hour",
    missing: FAKETIME === undefined ? "libfaketime is not installed" : undefined,
    trial: async ({ folder, start, usual, random }) => {
      const trial = { disturbed: 0, wrong: [] };
      const shift = join(folder, "..", `clock-${process.pid}`);
      writeFileSync(shift, "+0\n");
      const environment = {
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: shift,
        FAKETIME_CACHE_DURATION: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      };
      const work = start(folder, environment);
      const inside = await atRandomMoment(work, usual, random);
      writeFileSync(shift, "-3600\n");
      if (inside) trial.disturbed = 1;
      if (inside && random.below(2) === 0) {
        await Promise.race([work.ended, sleep((random.uniform() * usual.milliseconds) / 2)]);
        work.stop();
        await work.ended;
        await finished(() => start(folder, environment), trial);
      } else {
        const end = await work.ended;
        if (!WELL.includes(end.status)) trial.wrong.push(`ended with ${end.status}: ${end.stderr}`);
      }
      rmSync(shift);
      return trial;
    },
  },
};

/** An empty folder for a trial. */
export function freshFolder(parent, name) {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
