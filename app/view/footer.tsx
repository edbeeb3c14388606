import { bundle, offline, result } from "../state/page-state.js";
import { texts } from "../texts.js";

/** What this page is, and what it computes with. */
export function Footer() {
  const computing =
    result.value?.computing ?? (bundle.value.at === "open" ? bundle.value.facts.computing : undefined);
  return (
    <footer>
      <p>{texts.notADevice}</p>
      {computing !== undefined && (
        <p data-computing={computing.device}>
          {texts.computing.name(computing)}
          {result.value !== undefined && ` ${texts.computing.seconds(result.value.seconds)}`}
        </p>
      )}
      {offline.value && <p>{texts.offline.ready}</p>}
    </footer>
  );
}
