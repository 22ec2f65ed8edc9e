// What a first visit has to load: fails above the budget. Run after `npm run build`.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGET = 250_000;
const dist = new URL("../dist/", import.meta.url);
const page = await readFile(new URL("index.html", dist), "utf8");
const files = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(match => match[1]);
let scripts = 0;
for (const file of files) {
  const size = gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
  if (file.endsWith(".js")) scripts += size;
  console.log(`${file.padEnd(48)} ${(size / 1000).toFixed(1).padStart(7)} kB`);
}
console.log(`JavaScript of the shell, gzipped: ${(scripts / 1000).toFixed(1)} of ${BUDGET / 1000} kB`);
if (scripts > BUDGET) process.exit(1);
