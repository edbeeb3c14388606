/** `npm run page:picture [BUNDLE SCAN MODALITY]`: draws docs/page.png, by default with what `npm run demo` made. */
import { runnerImport } from "vite";

const [bundle, scan, modality] = process.argv.slice(2);
const demo = "runs/demo";
const { module } = await runnerImport(new URL("page-picture.ts", import.meta.url).pathname);
await module.drawPage({
  bundle: bundle ?? `${demo}/bundle`,
  scan: scan ?? `${demo}/data/phantom_liver_ct/imagesTr/case_01.nii.gz`,
  modality: modality ?? "CT",
  picture: "docs/page.png",
});
