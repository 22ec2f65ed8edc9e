// Beside each text file of dist/ its gzipped form, which servers answer with where browsers take it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
for (const file of await readdir(dist, { recursive: true }))
  if (/\.(html|js|css|svg)$/.test(file)) {
    const path = new URL(file, dist);
    await writeFile(new URL(`${file}.gz`, dist), gzipSync(await readFile(path), { level: 9 }));
  }
