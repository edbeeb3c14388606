/** What a person can say about the server that the page came from; nothing where there is none. */
import { useRef } from "preact/hooks";
import { choosePlace, giveToken, takeNetwork } from "../state/actions.js";
import { type Place, place, servedBundle, server, work } from "../state/page-state.js";
import { leaveServer } from "../state/server-actions.js";
import { texts } from "../texts.js";

export function ServerPanel() {
  const { value } = server;
  if (value.at === "absent") return null;
  if (value.at === "locked") return <TokenForm host={value.host} refused={value.refused} />;
  return (
    <div class="server controls">
      {value.bundles.length > 1 && <NetworkChoice />}
      {place.value !== undefined && servedBundle.value !== undefined && (
        <PlaceChoice host={value.host} keepSeconds={value.facts.keepSeconds} />
      )}
    </div>
  );
}

/** The token goes into the memory of the page and to the server, and nowhere else: no browser is to keep it. */
function TokenForm({ host, refused }: { readonly host: string; readonly refused: boolean }) {
  const field = useRef<HTMLInputElement>(null);
  const give = (event: Event): void => {
    event.preventDefault();
    const token = field.current!.value.trim();
    field.current!.value = "";
    if (token !== "") void giveToken(token);
  };
  return (
    <form class="question token" onSubmit={give}>
      <h2>{texts.server.tokenTitle}</h2>
      <p>{texts.server.tokenWhy(host)}</p>
      {refused && (
        <p class="attention" role="alert">
          {texts.server.tokenRefused}
        </p>
      )}
      <label>
        {texts.server.token}
        <input ref={field} type="password" autocomplete="off" spellcheck={false} required />
      </label>
      <div class="buttons">
        <button type="submit" class="primary">
          {texts.server.tokenGive}
        </button>
        <button type="button" onClick={leaveServer}>
          {texts.server.leave}
        </button>
      </div>
    </form>
  );
}

function NetworkChoice() {
  if (server.value.at !== "open") return null;
  const chosen = servedBundle.value?.name;
  return (
    <label>
      {texts.server.network}
      <select onChange={({ currentTarget }) => void takeNetwork(currentTarget.value)}>
        {chosen === undefined && (
          <option value="" selected>
            {texts.server.otherNetwork}
          </option>
        )}
        {server.value.bundles.map(({ name, title, version }) => (
          <option key={name} value={name} selected={name === chosen}>
            {title} {version} ({name})
          </option>
        ))}
      </select>
    </label>
  );
}

function PlaceChoice({ host, keepSeconds }: { readonly host: string; readonly keepSeconds: number }) {
  const busy = work.value.at !== "idle";
  return (
    <fieldset class="place">
      <legend>{texts.server.question}</legend>
      <div class="choice">
        {(["here", "server"] satisfies Place[]).map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="place"
              value={one}
              disabled={busy}
              checked={place.value === one}
              onChange={() => void choosePlace(one)}
            />
            <span>{texts.server.places[one]}</span>
          </label>
        ))}
      </div>
      <p class="small">
        {place.value === "server" ? texts.server.leaves(host, keepSeconds) : texts.server.stays}
      </p>
    </fieldset>
  );
}
