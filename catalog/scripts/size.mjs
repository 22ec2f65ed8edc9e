// What a first visit, and the first row of a table after it, have to load: fails above the budgets. Run after `npm run build`.
import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const SHELL_BUDGET = 200_000;
const TABLE_BUDGET = 125_000;
const dist = new URL("../dist/", import.meta.url);

/** @param {string} file */
const sizeOf = async file => gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;

/**
 * @param {string} label
 * @param {string[]} files
 * @param {number} budget
 */
async function sum(label, files, budget) {
  let scripts = 0;
  for (const file of files) {
    const size = await sizeOf(file);
    if (file.endsWith(".js")) scripts += size;
    console.log(`${file.padEnd(48)} ${(size / 1000).toFixed(1).padStart(7)} kB`);
  }
  console.log(`JavaScript of ${label}, gzipped: ${(scripts / 1000).toFixed(1)} of ${budget / 1000} kB`);
  if (scripts > budget) process.exitCode = 1;
}

/**
 * A chunk, and what it imports before it runs.
 * @param {string} file
 * @param {Set<string>} found
 */
async function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const code = await readFile(new URL(file, dist), "utf8");
  for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    await withImports(`assets/${name}`, found);
  return found;
}

const page = await readFile(new URL("index.html", dist), "utf8");
const shell = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(match => match[1]);
await sum("the shell", shell, SHELL_BUDGET);

const chunks = (await readdir(new URL("assets/", dist))).filter(file =>
  /^(PackagePage|Preview|TableViewer)-.*\.js$/.test(file),
);
if (chunks.length !== 3)
  throw new Error(`Expected three chunks of a table's page, found ${chunks.join(", ")}`);
/** @type {Set<string>} */
const table = new Set();
for (const chunk of chunks) await withImports(`assets/${chunk}`, table);
await sum(
  "a table in a package, after the shell",
  [...table].filter(file => !shell.includes(file)),
  TABLE_BUDGET,
);
