/**
 * The kinds of clients that are a burden, an entry each: what one does, how many come at once, the pause (seconds) until the next
 * one, and which answers it may meet. A visit returns `{ answer }` (a status, or that there was none), and of a job that was taken
 * `{ id, scan, ended, wrong }` as `followToEnd` does, `{ id, scan, left: true }` where nobody asks after it again.
 */
import { request } from "node:http";
import { sleep } from "../survival/processes.mjs";
import { followToEnd, overJob } from "./follow.mjs";
import { formOf } from "./form.mjs";
import { volumeHash } from "./scans.mjs";

const REFUSED = [429, 503];

export const oddClients = {
  "slow upload": {
    what: "sends a scan a few bytes at a time, and the rest of it at last",
    atOnce: 3,
    pause: 5,
    may: [202, ...REFUSED],
    async visit(place) {
      const scan = place.smallScan;
      const met = await posted(place, scan, async (sending, body, answered) => {
        const enough = Date.now() + place.slowness * 1000;
        let at = 0;
        while (Date.now() < enough && at < body.length && !answered()) {
          const end = at + 1 + place.random.below(64);
          sending.write(body.subarray(at, end));
          at = end;
          await sleep(place.random.between(50, 150));
        }
        sending.end(body.subarray(at));
      });
      return followed(place, scan, met);
    },
  },
  "silent upload": {
    what: "sends half a scan, and then nothing for longer than the server waits",
    atOnce: 1,
    pause: 15,
    may: [408, ...REFUSED],
    visit: (place) =>
      posted(place, place.smallScan, async (sending, body, answered) => {
        sending.write(body.subarray(0, body.length / 2));
        for (let waited = 0; waited < place.idleSeconds + 5 && !answered(); waited += 0.1) await sleep(100);
        sending.destroy();
        return true;
      }),
  },
  "aborted upload": {
    what: "breaks off at a random place of the upload",
    atOnce: 3,
    pause: 2,
    may: ["gone", ...REFUSED],
    visit: (place) =>
      posted(place, place.draw(), async (sending, body) => {
        sending.write(body.subarray(0, 1 + place.random.below(body.length - 1)));
        await sleep(place.random.between(0, 300));
        sending.destroy();
        return true;
      }),
  },
  vanished: {
    what: "sends a scan whole and is gone before the answer",
    atOnce: 1,
    pause: 6,
    may: ["gone", 202, ...REFUSED],
    async visit(place) {
      const met = await posted(place, place.vanishingScan, async (sending, body) => {
        await new Promise((sent) => sending.end(body, sent));
        await sleep(place.random.between(0, 20));
        sending.destroy();
        return true;
      });
      return met.id === undefined ? met : { ...met, scan: place.vanishingScan.name, left: true };
    },
  },
  forgetful: {
    what: "hears that its scan is taken and never asks again; its results are looked at when all is over",
    atOnce: 1,
    pause: 10,
    may: [202, ...REFUSED],
    async visit(place) {
      const scan = place.draw();
      const met = await posted(place, scan);
      return met.id === undefined ? met : { ...met, scan: scan.name, left: true };
    },
  },
  "slow download": {
    what: "comes again until its scan is taken, breaks a download off, and then reads the confidence map slowly",
    atOnce: 2,
    pause: 5,
    may: [202, ...REFUSED],
    async visit(place) {
      const { scan, met } = await untilTaken(place);
      if (met.id === undefined) return met;
      const job = `${place.address}/api/jobs/${met.id}`;
      const { state } = await overJob(job, AbortSignal.timeout(place.deadline - Date.now()));
      if (state === "done") {
        await brokenDownload(`${job}/results/confidence`);
        const confidence = await slowDownload(`${job}/results/confidence`, place.slowness);
        if (volumeHash(confidence) !== scan.expected.confidence)
          return { ...met, scan: scan.name, wrong: "mixed up: the confidence map is not that of the scan" };
      }
      return followed(place, scan, met);
    },
  },
  "changed mind": {
    what: "comes again until its scan is taken, and deletes the job at a random moment",
    atOnce: 1,
    pause: 5,
    may: [202, ...REFUSED],
    async visit(place) {
      const { met } = await untilTaken(place);
      if (met.id === undefined) return met;
      await sleep(place.random.between(0, 8000));
      const job = `${place.address}/api/jobs/${met.id}`;
      const gone = await fetch(job, { method: "DELETE" });
      const after = await fetch(job);
      const right = gone.status === 204 && after.status === 404;
      return {
        ...met,
        deleted: true,
        wrong: right ? undefined : `DELETE ${gone.status}, then ${after.status}`,
      };
    },
  },
};

/**
 * Posts a scan over a connection of its own.
 *
 * @param send writes the body as it likes, by default at once; says true where the client broke off
 * @returns `{ answer, id }`: the status, the code of an error, or `gone` where the client left before there was an answer
 */
async function posted({ address }, scan, send = async (sending, body) => void sending.end(body)) {
  const { headers, body } = formOf(scan);
  const sending = request(`${address}/api/jobs`, {
    method: "POST",
    agent: false,
    headers: { ...headers, "Content-Length": body.length },
  });
  let met;
  let responded = false;
  const answer = new Promise((done) => {
    sending.on("response", async (response) => {
      responded = true;
      const text = String(await bytesOf(response));
      met = { answer: response.statusCode, ...(response.statusCode === 202 && { id: JSON.parse(text).id }) };
      done(met);
    });
    // An upload that is not wanted ends in an error after its answer: it is the answer that counts.
    sending.on("error", ({ code }) => responded || done({ answer: code }));
  });
  const brokeOff = await send(sending, body, () => responded);
  return brokeOff ? (met ?? { answer: "gone" }) : answer;
}

async function bytesOf(response, pause = async () => {}) {
  const chunks = [];
  for await (const chunk of response) {
    chunks.push(chunk);
    await pause(chunk.length);
  }
  return Buffer.concat(chunks);
}

const followed = ({ address, deadline }, scan, met) =>
  met.id === undefined
    ? met
    : followToEnd(address, { id: met.id, scan }, { how: "polling", deadline }).then((end) => ({
        ...met,
        ...end,
      }));

async function untilTaken(place) {
  for (;;) {
    const scan = place.draw();
    const met = await posted(place, scan);
    if (met.id !== undefined || !REFUSED.includes(met.answer) || Date.now() > place.until)
      return { scan, met };
    await sleep(place.random.between(500, 1500));
  }
}

const responseTo = (address) =>
  new Promise((done, fail) => {
    const asking = request(address, { agent: false }, done);
    asking.on("error", fail);
    asking.end();
  });

async function brokenDownload(address) {
  const response = await responseTo(address);
  response.on("error", () => {});
  await new Promise((done) => response.once("data", done));
  response.destroy();
}

/** Reads a piece at a time, with pauses: `seconds` in all. */
async function slowDownload(address, seconds) {
  const response = await responseTo(address);
  const length = Number(response.headers["content-length"]);
  return bytesOf(response, (read) => sleep((seconds * 1000 * read) / length));
}
