/** From what was recorded to figures and small series. */
import { oddClients } from "./odd-client-kinds.mjs";

/** Over how many seconds memory must be flat, at the end of the run. */
const FLAT_SECONDS = 300;

/** Of lines of the log. What is above is an error. */
const WARNING = 40;

/** Points of a series at most. */
const POINTS = 120;

export function figuresOf({ span, capacity, load, odd, health, usage, machine, audited, log }) {
  const { from, to } = span;
  const minutes = (to - from) / 60_000;
  const followed = [...load.ends, ...odd.turns.filter(({ ended }) => ended !== undefined)];
  const mistakes = [...followed, ...odd.turns.filter(({ ended }) => ended === undefined)]
    .flatMap(({ wrong }) => (wrong === undefined ? [] : [wrong]))
    .concat(audited.mistakes);
  const milliseconds = health.probes.map(([, time]) => time).sort((a, b) => a - b);
  return {
    minutes,
    capacity,
    sentPerMinute: load.sent / minutes,
    times: load.sent / minutes / capacity.fullQueue,
    answers: countsOf(load.answers.map(({ status }) => status)),
    unanswered: load.sent - load.answers.length,
    errors: load.errors,
    answerMilliseconds: { median: load.latency.p50, p99: load.latency.p99, largest: load.latency.max },
    odd: oddTable(odd.turns),
    unexpected: odd.turns.filter(({ kind, answer }) => !oddClients[kind].may.includes(answer)).map(spoken),
    compared: followed.length + audited.compared,
    againBegun: followed.filter(({ attempts }) => attempts > 1).length,
    mistakes: countsOf(mistakes),
    health: {
      asked: milliseconds.length,
      failed: health.probes.filter(([, , status]) => status !== 200).length,
      median: quantile(milliseconds, 0.5),
      p99: quantile(milliseconds, 0.99),
      largest: quantile(milliseconds, 1),
    },
    memory: Object.entries(usage).map(([name, samples]) => growthOf(name, samples, span)),
    processor: Object.fromEntries(Object.entries(usage).map(([name, samples]) => [name, coresOf(samples)])),
    machineLoad: meanOf(machine),
    warnings: countsOf(log.filter(({ level }) => level === WARNING).map(({ msg }) => msg)),
    defects: log.filter(({ level }) => level > WARNING).map(({ msg, type }) => `${msg} (${type})`),
  };
}

const spoken = ({ kind, answer }) => `${kind}: ${answer}`;

function countsOf(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const oddTable = (turns) =>
  Object.keys(oddClients).map((kind) => {
    const own = turns.filter((turn) => turn.kind === kind);
    return { kind, came: own.length, answers: countsOf(own.map(({ answer }) => answer)) };
  });

/** @param sorted ascending */
function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** A straight line through the last minutes (least squares): what it rises by, in MiB. A short run counts from its middle on. */
function growthOf(name, samples, { from, to }) {
  const since = Math.max(to - FLAT_SECONDS * 1000, (from + to) / 2);
  const last = samples.filter(({ at }) => at >= since && at <= to);
  const [middle, level] = [meanOf(last.map(({ at }) => at)), meanOf(last.map(({ memory }) => memory))];
  const covariance = meanOf(last.map(({ at, memory }) => (at - middle) * (memory - level)));
  const variance = meanOf(last.map(({ at }) => (at - middle) ** 2));
  return {
    name,
    mean: level,
    largest: Math.max(...last.map(({ memory }) => memory)),
    growth: (covariance / variance) * (to - since),
    seconds: (to - since) / 1000,
  };
}

/** How many cores a process kept busy. */
function coresOf(samples) {
  const [first, last] = [samples[0], samples.at(-1)];
  return (last.seconds - first.seconds) / ((last.at - first.at) / 1000);
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the plot shows: one point for every few seconds. */
export function seriesOf({ span, load, health, usage, away }) {
  const { from, to } = span;
  const seconds = Math.max(1, Math.ceil((to - from) / 1000 / POINTS));
  const count = Math.ceil((to - from) / 1000 / seconds);
  const bins = (records, momentOf) => {
    const all = Array.from({ length: count }, () => []);
    for (const record of records) all[Math.floor((momentOf(record) - from) / 1000 / seconds)]?.push(record);
    return all;
  };
  const perSecond = (records) => records.length / seconds;
  const answers = bins(load.answers, ({ at }) => at);
  const having = (wanted) =>
    answers.map((bin) => rounded(perSecond(bin.filter(({ status }) => status === wanted))));
  const probes = bins(health.probes, ([at]) => at).map((bin) =>
    bin.map(([, time]) => time).sort((a, b) => a - b),
  );
  const sizes = (samples) =>
    bins(samples, ({ at }) => at).map((bin) => rounded(meanOf(bin.map(({ memory }) => memory))));
  return {
    seconds,
    away: away.map(({ kind, from: start, to: end }) => ({
      kind,
      from: rounded((start - from) / 1000),
      to: rounded((end - from) / 1000),
    })),
    perSecond: {
      202: having(202),
      429: having(429),
      503: having(503),
      done: bins(load.ends, ({ ended }) => ended)
        .map(perSecond)
        .map(rounded),
    },
    healthMilliseconds: {
      median: probes.map((bin) => rounded(quantile(bin, 0.5))),
      p99: probes.map((bin) => rounded(quantile(bin, 0.99))),
      largest: probes.map((bin) => rounded(quantile(bin, 1))),
    },
    memory: Object.fromEntries(Object.entries(usage).map(([name, samples]) => [name, sizes(samples)])),
  };
}

const rounded = (value) => Number(value.toFixed(1));
