import { openBundle } from "../state/page-state.js";
import { texts } from "../texts.js";

/** What the bundle's card says of the network. */
export function BundleCard() {
  const facts = openBundle.value;
  if (facts === undefined) return null;
  const { card, organs, modalities, doubt, fingerprint } = facts;
  const said: readonly (readonly [string, string])[] = [
    [texts.bundle.organs, organs.join(", ")],
    [texts.bundle.modalities, [...new Set(modalities.map(texts.modality.name))].join(", ")],
    [texts.bundle.intendedUse, card.intendedUse],
    [texts.bundle.limitations, card.limitations],
    [texts.bundle.licence, card.licence],
    [texts.bundle.fingerprint, fingerprint.slice(0, 16)],
  ];
  return (
    <details class="bundle">
      <summary>{texts.bundle.about}</summary>
      <h2>
        {card.name} {card.version}
      </h2>
      <p>{card.summary}</p>
      {doubt !== undefined && <p class="attention">{texts.bundle.doubt(doubt)}</p>}
      <dl>
        {said
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {card.data.length > 0 && (
          <div>
            <dt>{texts.bundle.data}</dt>
            {card.data.map((row) => (
              <dd key={row.dataset}>
                {texts.bundle.dataRow(row.organ, texts.modality.text(row.modality), row.images, row.licence)}
              </dd>
            ))}
          </div>
        )}
      </dl>
      <p>{texts.bundle.replace}</p>
    </details>
  );
}
