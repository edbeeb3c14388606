import type { OrganVolume } from "../../src/bundle/index.js";
import { VOLUME_RANGE_COVERAGE } from "../../src/calibration/volume-range.js";
import { colourOfLabel } from "../scan/colours.js";
import { texts } from "../texts.js";

/** How large each organ is, with its range. @param doubt why the probabilities are not to be taken as calibrated */
export function VolumeTable({
  volumes,
  doubt,
}: {
  readonly volumes: readonly OrganVolume[];
  readonly doubt: string | undefined;
}) {
  return (
    <div class="volumes">
      <h2>{texts.volumes.heading}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.volumes.organ}</th>
            <th scope="col">{texts.volumes.volume}</th>
            <th scope="col">{texts.volumes.range}</th>
          </tr>
        </thead>
        <tbody>
          {volumes.map(({ value, organs, mask, low, high }) => (
            <tr key={value}>
              <th scope="row">
                <svg width="12" height="12" aria-hidden="true">
                  <rect width="12" height="12" rx="3" fill={colourOfLabel(value)} />
                </svg>{" "}
                {texts.organNames(organs)}
              </th>
              <td>{texts.volumes.value(mask)}</td>
              <td>{texts.volumes.rangeValue(low, high)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small">{texts.volumes.explanation(VOLUME_RANGE_COVERAGE)}</p>
      {doubt !== undefined && <p class="attention">{texts.bundle.doubt(doubt)}</p>}
    </div>
  );
}
