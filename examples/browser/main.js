// What the page shows; the work is in worker.js.
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const verdict = document.querySelector("#verdict");
const mask = document.querySelector("#mask");

document.querySelector("#scan").addEventListener("change", ({ target }) => {
  verdict.textContent = "Looking at it...";
  mask.hidden = true;
  worker.postMessage([...target.files]);
});

worker.addEventListener("message", ({ data: { sentence, bytes } }) => {
  verdict.textContent = sentence;
  if (bytes === undefined) return;
  URL.revokeObjectURL(mask.href);
  mask.href = URL.createObjectURL(new Blob([bytes]));
  mask.hidden = false;
});
