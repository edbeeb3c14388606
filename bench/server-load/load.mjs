/**
 * The load, in a process of its own: autocannon posts scans, a random one each time, at a steady rate; whoever is taken is followed
 * to its end. A scan that is refused is not sent again.
 *
 * Told by its parent: `{ address, scans, rate, seconds, seed, patience }`; tells it what became of every scan.
 */
import autocannon from "autocannon";
import { Random } from "../../dist/base/index.js";
import { followToEnd } from "./follow.mjs";
import { formOf } from "./form.mjs";
import { drawing } from "./scans.mjs";
import { answerParent, told } from "./talk.mjs";

/** While Redis is frozen answers take seconds, and connections send nothing: to keep the rate all in all, there are more of them. */
const MORE = 1.1;

const { address, scans, rate, seconds, seed, patience } = await told();
const draw = drawing(scans, Random.stream(seed, "load"));
const forms = new Map(scans.map((scan) => [scan.name, formOf(scan)]));
const answers = [];
const followed = [];
const deadline = Date.now() + (seconds + patience) * 1000;

function take(scan, body) {
  const how = followed.length % 2 === 0 ? "events" : "polling";
  followed.push(followToEnd(address, { id: JSON.parse(body).id, scan }, { how, deadline }));
}

// Each connection sends one scan a second.
const connections = Math.ceil(rate * MORE);
const { errors, latency } = await autocannon({
  url: address,
  connections,
  connectionRate: 1,
  amount: connections * seconds,
  timeout: 60,
  // Its correction takes seconds for milliseconds.
  ignoreCoordinatedOmission: true,
  requests: [
    {
      method: "POST",
      path: "/api/jobs",
      setupRequest(request, context) {
        context.scan = draw();
        return { ...request, ...forms.get(context.scan.name) };
      },
      onResponse(status, body, { scan }) {
        answers.push({ at: Date.now(), status });
        if (status === 202) take(scan, body);
      },
    },
  ],
});
const sent = connections * seconds;
answerParent({ sent, answers, errors, latency, ends: await Promise.all(followed) });
