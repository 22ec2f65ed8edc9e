/** How a revision is cited: as BibTeX, RIS (EndNote, Zotero, Mendeley) and CFF (GitHub). */
import { isJsonObject, isJsonScalar, type Json, type JsonObject } from "./json";

export interface Cited {
  title: string;
  /** AUTHOR/NAME */
  name: string;
  authors: readonly string[];
  /** Of the push; null where it is not known. */
  pushedAt: Date | null;
  topHash: string;
  /** Of the page of exactly this revision. */
  url: string;
  doi: string | null;
  licence: string | null;
  abstract: string | null;
}

const AUTHORS = ["authors", "author", "creators", "creator", "owner"];
const DOIS = ["doi", "identifier"];
const LICENCES = ["license", "licence"];

/** The parts of a citation that metadata has. */
export function citedMeta(meta: JsonObject | null): Pick<Cited, "authors" | "doi" | "licence"> {
  const at = (keys: readonly string[]) => keys.map(key => meta?.[key] ?? meta?.[capital(key)]).find(Boolean);
  const doi = namesIn(at(DOIS))
    .map(text => /10\.\d{4,9}\/\S+/.exec(text)?.[0])
    .find(Boolean);
  return { authors: namesIn(at(AUTHORS)), doi: doi ?? null, licence: namesIn(at(LICENCES))[0] ?? null };
}

const capital = (key: string) => key.charAt(0).toUpperCase() + key.slice(1);

/** A text, a list of texts, or objects with names. */
function namesIn(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (isJsonObject(value)) {
    const given = [value.given_names ?? value.givenName, value.family_names ?? value.familyName];
    const whole = value.name ?? (given.every(each => typeof each === "string") ? given.join(" ") : undefined);
    return namesIn(whole);
  }
  if (value === undefined || value === null || !isJsonScalar(value)) return [];
  const text = String(value).trim();
  return text ? [text] : [];
}

/** As `Family, Given`; a name of one word, or with a comma, as it is. */
function lastFirst(author: string): string {
  const words = author.split(/\s+/);
  if (author.includes(",") || words.length < 2) return author;
  return `${words.at(-1) ?? ""}, ${words.slice(0, -1).join(" ")}`;
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

const TEX: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};
const tex = (text: string) => oneLine(text).replace(/[\\{}$&%#_~^]/g, char => TEX[char] ?? char);

export function bibtex(cited: Cited): string {
  const year = cited.pushedAt?.getUTCFullYear();
  const key = [...cited.name.split("/"), ...(year ? [year] : [])].join("-").replace(/[^\w-]/g, "");
  const fields: (readonly [string, string | null])[] = [
    ["title", `{${tex(cited.title)}}`],
    [
      "author",
      cited.authors.length > 0 ? cited.authors.map(author => tex(lastFirst(author))).join(" and ") : null,
    ],
    ["year", year === undefined ? null : String(year)],
    ["date", cited.pushedAt && dayOf(cited.pushedAt)],
    ["version", cited.topHash.slice(0, 8)],
    ["doi", cited.doi],
    // Addresses are taken as they are, but a brace would end the field.
    ["url", cited.url.replaceAll("{", "%7B").replaceAll("}", "%7D")],
    ["note", `Package ${tex(cited.name)}, top hash ${cited.topHash}`],
  ];
  const lines = fields.flatMap(([name, value]) => (value ? [`  ${name} = {${value}}`] : []));
  return `@misc{${key},\n${lines.join(",\n")}\n}\n`;
}

export function ris(cited: Cited): string {
  const at = cited.pushedAt && dayOf(cited.pushedAt);
  const lines: (readonly [string, string | null])[] = [
    ["TY", "DATA"],
    ["TI", cited.title],
    ...cited.authors.map(author => ["AU", lastFirst(author)] as const),
    ["PY", at?.slice(0, 4) ?? null],
    ["DA", at?.replaceAll("-", "/") ?? null],
    ["ET", cited.topHash.slice(0, 8)],
    ["AB", cited.abstract],
    ["DO", cited.doi],
    ["UR", cited.url],
    ["C1", `Package ${cited.name}, top hash ${cited.topHash}`],
    ["ER", ""],
  ];
  return (
    lines.flatMap(([tag, value]) => (value === null ? [] : [`${tag}  - ${oneLine(value)}`])).join("\r\n") +
    "\r\n"
  );
}

/** YAML in which each text is a JSON string, as YAML 1.2 reads them. */
export function cff(cited: Cited): string {
  const text = (value: string) => JSON.stringify(oneLine(value));
  const people = cited.authors.length > 0 ? cited.authors : [cited.name.split("/")[0] ?? cited.name];
  const lines = [
    "cff-version: 1.2.0",
    `message: ${text("If you use these data, please cite them as below.")}`,
    "type: dataset",
    `title: ${text(cited.title)}`,
    "authors:",
    ...people.map(author => `  - name: ${text(author)}`),
    `version: ${text(cited.topHash.slice(0, 8))}`,
    ...(cited.pushedAt ? [`date-released: ${text(dayOf(cited.pushedAt))}`] : []),
    ...(cited.doi ? [`doi: ${text(cited.doi)}`] : []),
    ...(cited.licence && /^[A-Za-z0-9.+-]+$/.test(cited.licence) ? [`license: ${text(cited.licence)}`] : []),
    `url: ${text(cited.url)}`,
    ...(cited.abstract ? [`abstract: ${text(cited.abstract)}`] : []),
    "identifiers:",
    "  - type: other",
    `    value: ${text(cited.topHash)}`,
    `    description: ${text("Top hash of the revision")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** As a sentence, for texts and slides. */
export function citationText(cited: Cited): string {
  const who = cited.authors.length > 0 ? `${cited.authors.join(", ")}. ` : "";
  const when = cited.pushedAt ? ` (${cited.pushedAt.getUTCFullYear()})` : "";
  const where = cited.doi ? `https://doi.org/${cited.doi}` : cited.url;
  return `${who}${oneLine(cited.title)}${when}. Data package ${cited.name}, revision ${cited.topHash.slice(0, 8)}. ${where}`;
}
