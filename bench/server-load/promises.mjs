/** What is promised of a server under load, and whether figures keep it. */

/** Milliseconds. */
const HEALTH_WITHIN = 50;

/** Memory is flat where a line through it rises by less than the larger of these. */
const FLAT = { share: 0.05, mebibytes: 16 };

/** @returns `{ promise, found, kept }`, one for each promise */
export function promisesOf(figures) {
  const { times, answers, unanswered, errors, unexpected, mistakes, compared, health, memory, defects } =
    figures;
  const refused = (answers[429] ?? 0) + (answers[503] ?? 0);
  const others = Object.keys(answers).filter((status) => !["202", "429", "503"].includes(status));
  const mistaken = (word) =>
    Object.entries(mistakes).reduce((sum, [what, count]) => sum + (what.startsWith(word) ? count : 0), 0);
  const none = (promise, word) => ({
    promise,
    found: `${mistaken(word)} of ${compared}`,
    kept: mistaken(word) === 0 && compared > 0,
  });
  const known = ["lost", "mixed up", "left behind"];
  const unknown = Object.keys(mistakes).filter((what) => !known.some((word) => what.startsWith(word)));
  return [
    { promise: "The load is four times the capacity", found: `${times.toFixed(2)} times`, kept: times >= 4 },
    {
      promise: "Sheds with 429 or 503, and answers everybody",
      found: `${refused} refused; ${unanswered + errors} without an answer; other answers: ${list([...others, ...unexpected])}`,
      kept: refused > 0 && unanswered + errors === 0 && others.length + unexpected.length === 0,
    },
    {
      promise: `Answers \`/health\` within ${HEALTH_WITHIN} ms at the 99th percentile`,
      found: `${health.p99.toFixed(1)} ms; ${health.failed} of ${health.asked} failed`,
      kept: health.p99 <= HEALTH_WITHIN && health.failed === 0,
    },
    none("Loses no job that it accepted", "lost"),
    none("Mixes up nothing", "mixed up"),
    {
      promise: "Leaves nothing of uploads that came to nothing, and deletes what it is told to",
      found: list([
        ...unknown,
        ...(mistaken("left behind") > 0 ? [`${mistaken("left behind")} left behind`] : []),
      ]),
      kept: mistaken("left behind") === 0 && unknown.length === 0,
    },
    ...memory.map(({ name, growth, mean, seconds }) => ({
      promise: `Memory of the ${name} is flat over the last ${Math.round(seconds)} s`,
      found: `${growth > 0 ? "+" : ""}${growth.toFixed(1)} MiB on ${mean.toFixed(0)} MiB`,
      kept: growth < Math.max(FLAT.mebibytes, FLAT.share * mean),
    })),
    { promise: "Meets no error of its own", found: list(defects), kept: defects.length === 0 },
  ];
}

/** What there is, each once. */
function list(words) {
  return words.length === 0 ? "none" : [...new Set(words)].slice(0, 5).join(", ");
}
