/** The page's start. */
import { render } from "preact";
import { keepOffline } from "./offline/keep-offline.js";
import "./page.css";
import { start } from "./state/actions.js";
import { Page } from "./view/page.js";

render(<Page />, document.getElementById("page")!);
void keepOffline();
void start();
