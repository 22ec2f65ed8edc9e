/** What metadata says of a package at first sight: what is shown as chips, each of which leads to the packages that share it. */
import { isJsonScalar, membersOf, type Json, type JsonObject } from "./json";
import { METADATA, pointerTo } from "./pointers";

export interface LabelChip {
  /** The search's name of the place: `meta:/license`. */
  field: string;
  /** The key as it is written. */
  key: string;
  value: string;
}

const MAX_CHIPS = 8;
const MAX_CHARACTERS = 40;
/** By these keys, whatever their case, in this order. */
const KEYS = [
  ["status", "state", "stage"],
  ["license", "licence", "spdx"],
  ["owner", "owners", "maintainer", "contact", "pi", "author", "authors"],
  ["organism", "species", "assay", "modality", "task"],
  ["tags", "tag", "keywords", "topics"],
];

/** Short texts and numbers at the keys that say what a package is; lists have a chip for each item. */
export function chipsOf(meta: JsonObject | null | undefined): LabelChip[] {
  if (!meta) return [];
  const members = new Map([...membersOf(meta)].map(([key, value]) => [key.toLowerCase(), { key, value }]));
  return KEYS.flatMap(group => {
    const found = group.map(key => members.get(key)).find(each => each !== undefined);
    return found ? textsOf(found.value).map(value => chip(found.key, value)) : [];
  }).slice(0, MAX_CHIPS);
}

const chip = (key: string, value: string): LabelChip => ({ field: METADATA + pointerTo([key]), key, value });

function textsOf(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === undefined || value === null || typeof value === "boolean" || !isJsonScalar(value)) return [];
  const text = String(value).trim();
  return text.length > 0 && text.length <= MAX_CHARACTERS ? [text] : [];
}

/** Packages that have the same there. */
export const chipPath = ({ field, value }: LabelChip) =>
  `/search?${new URLSearchParams([
    ["kind", "package"],
    [field, value],
  ]).toString()}`;
