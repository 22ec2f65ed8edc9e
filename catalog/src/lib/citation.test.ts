import { load } from "js-yaml";
import { expect, test } from "vitest";
import { bibtex, cff, citationText, type Cited, citedMeta, ris } from "./citation";
import { type JsonObject, parseJson } from "./json";

const CITED: Cited = {
  title: "Wines & {more}: 50 % of\nthem",
  name: "amy/wine_1",
  authors: ["Amy van Dam", "Lab, The", "Ben"],
  pushedAt: new Date("2026-11-29T23:30:00Z"),
  topHash: "a".repeat(64),
  url: "https://data.example.org/b/lab/packages/amy/wine_1/tree/aaaa/",
  doi: "10.1234/abc_d",
  licence: "CC-BY-4.0",
  abstract: 'Says "much": all',
};
const BARE: Cited = { ...CITED, authors: [], pushedAt: null, doi: null, licence: null, abstract: null };

const meta = (text: string) => citedMeta(parseJson(text) as JsonObject);

test("authors, DOI and licence are read from metadata, however they are written", () => {
  expect(
    meta(`{"authors":["Amy",{"name":"Ben"},{"given_names":"C.","family_names":"Dee"}],
      "doi":"https://doi.org/10.1234/x.y","Licence":"MIT"}`),
  ).toEqual({ authors: ["Amy", "Ben", "C. Dee"], doi: "10.1234/x.y", licence: "MIT" });
  expect(meta('{"owner":"Amy","doi":"none"}')).toEqual({ authors: ["Amy"], doi: null, licence: null });
  expect(citedMeta(null)).toEqual({ authors: [], doi: null, licence: null });
});

test("BibTeX keeps capitals, escapes its own marks, and leaves out what is not known", () => {
  expect(bibtex(CITED)).toBe(`@misc{amy-wine_1-2026,
  title = {{Wines \\& \\{more\\}: 50 \\% of them}},
  author = {Dam, Amy van and Lab, The and Ben},
  year = {2026},
  date = {2026-11-29},
  version = {aaaaaaaa},
  doi = {10.1234/abc_d},
  url = {https://data.example.org/b/lab/packages/amy/wine_1/tree/aaaa/},
  note = {Package amy/wine\\_1, top hash ${"a".repeat(64)}}
}
`);
  expect(bibtex(BARE)).not.toMatch(/author|year|date|doi/);
});

test("RIS has a line for each author, and none that is empty but the last", () => {
  const lines = ris(CITED).trimEnd().split("\r\n");
  expect(lines[0]).toBe("TY  - DATA");
  expect(lines.filter(line => line.startsWith("AU"))).toEqual([
    "AU  - Dam, Amy van",
    "AU  - Lab, The",
    "AU  - Ben",
  ]);
  expect(lines).toContain("DA  - 2026/11/29");
  expect(lines.at(-1)).toBe("ER  -");
  expect(ris(BARE)).not.toMatch(/^(AU|PY|DA|DO|AB)/m);
});

test("CFF is YAML with the fields that its schema wants", () => {
  expect(load(cff(CITED))).toEqual({
    "cff-version": "1.2.0",
    message: "If you use these data, please cite them as below.",
    type: "dataset",
    title: "Wines & {more}: 50 % of them",
    authors: [{ name: "Amy van Dam" }, { name: "Lab, The" }, { name: "Ben" }],
    version: "aaaaaaaa",
    "date-released": "2026-11-29",
    doi: "10.1234/abc_d",
    license: "CC-BY-4.0",
    url: CITED.url,
    abstract: 'Says "much": all',
    identifiers: [{ type: "other", value: CITED.topHash, description: "Top hash of the revision" }],
  });
  expect(load(cff(BARE))).toMatchObject({ authors: [{ name: "amy" }] });
});

test("the sentence has the DOI, else the address", () => {
  expect(citationText(CITED)).toBe(
    "Amy van Dam, Lab, The, Ben. Wines & {more}: 50 % of them (2026). Data package amy/wine_1, revision aaaaaaaa. https://doi.org/10.1234/abc_d",
  );
  expect(citationText(BARE)).toContain(`revision aaaaaaaa. ${CITED.url}`);
});
