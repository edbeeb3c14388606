/** Stands in for `child.js`: dies of input 3, never ends input 5, is told of everything else at its end. */
import { openSync, writeSync } from "node:fs";

const [, , , , from, to, , placeFile] = process.argv;
const place = openSync(placeFile, "w");
const tally = {
  inputs: 0,
  read: 0,
  refused: 0,
  slowest: { milliseconds: 0, index: -1 },
  findings: [],
  found: 0,
};
for (let index = Number(from); index < Number(to); index++) {
  const number = Buffer.alloc(8);
  number.writeDoubleLE(index);
  writeSync(place, number, 0, 8, 0);
  if (index === 3) process.abort();
  if (index === 5) for (;;);
  tally.inputs += 1;
  tally.read += 1;
}
process.send({ tally, resident: 0, peak: 2 ** 20, next: Number(to), over: true }, () => process.exit(0));
