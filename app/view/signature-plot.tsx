/** Why the verdict is what it is, to look at: the scan among the training images, and its distance from them. */
import type { Card } from "../../src/bundle/index.js";
import { coloursOf } from "../../src/report/palette.js";
import type { ResultFacts } from "../compute/protocol.js";
import { planeOver, scaleOver, stackedHeights } from "../results/scale.js";
import { trustWords } from "../results/trust.js";
import { texts } from "../texts.js";

interface PlotProps {
  readonly facts: Pick<ResultFacts, "verdict" | "measures" | "map">;
  readonly card: Pick<Card, "data">;
}

export function SignaturePlot({ facts, card }: PlotProps) {
  return (
    <div class="plots">
      <h2>{texts.plot.heading}</h2>
      <figure>
        <figcaption>{texts.plot.strip}</figcaption>
        <DistanceStrip facts={facts} card={card} />
      </figure>
      <figure>
        <figcaption>{texts.plot.map}</figcaption>
        <SignaturePlane facts={facts} card={card} />
        <Legend names={facts.map.references.map(({ dataset }) => dataset)} card={card} />
        <p class="small">{texts.plot.mapExplanation}</p>
      </figure>
    </div>
  );
}

const WIDTH = 360;

function DistanceStrip({ facts: { verdict, measures } }: PlotProps) {
  const { measure, threshold } = verdict;
  const scale = scaleOver([...measures, measure, threshold], [0, WIDTH]);
  const places = measures.map(scale);
  const heights = stackedHeights(places, 5, 8);
  const limit = scale(threshold);
  const own = scale(measure);
  const base = 74;
  return (
    <svg viewBox={`0 0 ${WIDTH} 118`} role="img" aria-label={texts.plot.stripSummary(measure, threshold)}>
      <rect class="refused" x={limit} y="8" width={Math.max(0, WIDTH - limit)} height={base - 4} />
      <line class="axis" x1="0" x2={WIDTH} y1={base + 4} y2={base + 4} />
      {places.map((place, at) => (
        <circle key={at} class="dot" cx={place} cy={base - 6 * heights[at]!} r="2.6" />
      ))}
      <line class="limit" x1={limit} x2={limit} y1="8" y2={base + 10} />
      <text class="note" x={limit} y={base + 20} text-anchor={anchorAt(limit)}>
        {texts.plot.limit}
      </text>
      <Marker x={own} y={24} foreign={verdict.foreign} />
      <line class="own" x1={own} x2={own} y1="34" y2={base + 4} />
      <text class="note" x={own} y={12} text-anchor={anchorAt(own)}>
        {texts.plot.thisScan}
      </text>
      <text class="note" x="0" y={base + 38}>
        {texts.plot.alike}
      </text>
      <text class="note" x={WIDTH} y={base + 38} text-anchor="end">
        {texts.plot.foreign}
      </text>
    </svg>
  );
}

function SignaturePlane({ facts: { verdict, map }, card }: PlotProps) {
  const places = [...map.references.map(({ place }) => place), map.image];
  const { across, up, height } = planeOver(places, WIDTH);
  const colours = coloursOf(map.references.map(({ dataset }) => dataset));
  const [x, y] = [across(map.image[0]), up(map.image[1])];
  const near = texts.plot.mapNear(texts.known(trustWords(verdict, card).known));
  return (
    <svg class="plane" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={texts.plot.mapSummary(near)}>
      {map.references.map(({ dataset, place }, at) => (
        <circle
          key={at}
          cx={across(place[0])}
          cy={up(place[1])}
          r="3.2"
          fill={colours.get(dataset)}
          stroke="none"
        />
      ))}
      <Marker x={x} y={y} foreign={verdict.foreign} />
      <text class="note" x={x} y={y < 26 ? y + 24 : y - 13} text-anchor={anchorAt(x)}>
        {texts.plot.thisScan}
      </text>
    </svg>
  );
}

function Legend({ names, card }: { readonly names: readonly string[]; readonly card: Pick<Card, "data"> }) {
  return (
    <ul class="legend">
      {[...coloursOf(names)].map(([dataset, colour]) => (
        <li key={dataset}>
          <svg width="10" height="10" aria-hidden="true">
            <circle cx="5" cy="5" r="5" fill={colour} />
          </svg>{" "}
          {texts.known({ dataset, ...card.data.find((row) => row.dataset === dataset) })}
        </li>
      ))}
    </ul>
  );
}

function Marker({ x, y, foreign }: { readonly x: number; readonly y: number; readonly foreign: boolean }) {
  return (
    <path
      class={`marker ${foreign ? "foreign" : "trusted"}`}
      d={`M${x} ${y - 9}L${x + 9} ${y}L${x} ${y + 9}L${x - 9} ${y}Z`}
    />
  );
}

const anchorAt = (x: number): "start" | "middle" | "end" =>
  x < 50 ? "start" : x > WIDTH - 50 ? "end" : "middle";
