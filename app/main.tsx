/** The page's start. */
import { render } from "preact";
import { keepOffline } from "./offline/keep-offline.js";
import "./page.css";
import { onlyViewer } from "./scan/only-viewer.js";
import { start } from "./state/actions.js";
import { Page } from "./view/page.js";

render(<Page />, document.getElementById("page")!);
void keepOffline();
// With the network open and the viewer's programs compiled, the first scan waits for neither.
void start().then(() => onlyViewer().catch(() => {}));
