/**
 * JSON without loss (RFC 8259). A number that JavaScript would print otherwise (`1.0`, `1e400`, `-0`, 2^53 + 1) keeps
 * its text, and an object that JavaScript would print otherwise (repeated names, names like `10`) its members.
 */

import { t } from "@/language/en/lib/json";

export class JsonNumber {
  /** As it is written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** For `JSON.stringify`, which cannot write it; `writeJson` can. */
  toJSON(): string {
    return this.text;
  }
}

export type JsonScalar = string | number | boolean | null | JsonNumber;
export interface JsonObject {
  [name: string]: Json;
}
export type Json = JsonScalar | Json[] | JsonObject;
/** An object of parsed JSON or YAML. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export type JsonMember = readonly [name: string, value: Json];

/** A sign in quotation marks, or one of the things that have words. */
export type Wanted = "end" | "name" | "value" | `“${string}”`;
/** A mistake before it has words, which threads without a language can send. `found`: null at the end of the text. */
export type JsonMistake =
  | { kind: "open text" | "odd character" | "depth" }
  | { kind: "unexpected"; found: string | null; wanted: Wanted };

export class JsonError extends Error {
  readonly mistake: JsonMistake;
  /** How many characters stand before the mistake. */
  readonly position: number;

  constructor(mistake: JsonMistake, position: number) {
    super(mistakeText(mistake));
    this.name = "JsonError";
    this.mistake = mistake;
    this.position = position;
  }
}

export function mistakeText(mistake: JsonMistake): string {
  switch (mistake.kind) {
    case "open text":
      return t.textNotClosed;
    case "odd character":
      return t.textLineBreak;
    case "depth":
      return t.nestedDeeperThan(MAX_JSON_DEPTH);
    case "unexpected": {
      const wanted = wantedText(mistake.wanted);
      return mistake.found === null ? t.missingEnd(wanted) : t.standsWhereShould(mistake.found, wanted);
    }
  }
}

function wantedText(wanted: Wanted): string {
  if (wanted === "end") return t.end;
  if (wanted === "name") return t.nameDoubleQuotes;
  return wanted === "value" ? t.value : wanted;
}

/** Its properties are the last values of each name, so that it can be read like any other object. */
class WrittenObject {
  readonly #members: readonly JsonMember[];

  constructor(members: readonly JsonMember[]) {
    this.#members = members;
    assign(this, members);
  }

  static members(object: object): readonly JsonMember[] | null {
    return #members in object ? object.#members : null;
  }
}

/** `=` gives `__proto__` another meaning, but it is much faster for all other names. */
function assign<Target extends object>(target: Target, members: readonly JsonMember[]): Target {
  const values = target as Record<string, Json>;
  for (const [name, value] of members)
    if (name === "__proto__")
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
    else values[name] = value;
  return target;
}

export function isJsonScalar(value: Json): value is JsonScalar {
  return value === null || typeof value !== "object" || value instanceof JsonNumber;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && !isJsonScalar(value) && !Array.isArray(value);
}

/** In the order in which they are written, repeated ones too; those of an array are named by their positions. */
export function membersOf(value: Json[] | JsonObject): readonly JsonMember[] {
  if (Array.isArray(value)) return value.map((each, index) => [String(index), each] as const);
  return WrittenObject.members(value) ?? Object.entries(value);
}

/** With a member set in its place, or at the end where there is none of that name; without it where the value is undefined. */
export function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const members = membersOf(object);
  const isThere = members.some(([each]) => each === name);
  const next: JsonMember[] = members.flatMap(member =>
    member[0] !== name ? [member] : value === undefined ? [] : [[name, value] as const],
  );
  if (!isThere && value !== undefined) next.push([name, value]);
  return new WrittenObject(next) as unknown as JsonObject;
}

/** Deeper ones are refused: parsing takes a call for each level. */
export const MAX_JSON_DEPTH = 1_000;

/** Throws a `JsonError`. */
export const parseJson = (text: string): Json => new Parser(text, null).document();

/** As `parseJson`, but exact only below members of these names: what else is there are ordinary values. */
export const parseJsonWith = (text: string, exact: ReadonlySet<string>): unknown =>
  new Parser(text, exact).document();

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\w.+-]+/y;
/** What stands for something else in a text, or may not stand in one. */
// oxlint-disable-next-line no-control-regex
const NOT_PLAIN = /[\\\u0000-\u001f]/;
const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/;

class Parser {
  readonly #text: string;
  readonly #exactBelow: ReadonlySet<string> | null;
  #at = 0;
  #depth = 0;
  #exact: boolean;

  constructor(text: string, exactBelow: ReadonlySet<string> | null) {
    this.#text = text;
    this.#exactBelow = exactBelow;
    this.#exact = exactBelow === null;
  }

  document(): Json {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected("end");
    return value;
  }

  #value(): Json {
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return this.#string();
      default:
        return this.#literal();
    }
  }

  #object(): Json {
    this.#enter();
    const members: JsonMember[] = [];
    const names = new Set<string>();
    let isPlain = true;
    if (!this.#take("}")) {
      do {
        this.#skipSpace();
        const position = this.#at;
        if (this.#text[position] !== '"') throw this.#unexpected("name");
        const name = this.#string();
        this.#expect(":");
        const wasExact = this.#exact;
        this.#exact ||= this.#exactBelow?.has(name) === true;
        members.push([name, this.#value()]);
        this.#exact = wasExact;
        isPlain &&= !names.has(name) && !ARRAY_INDEX.test(name);
        names.add(name);
      } while (this.#take(","));
      this.#expect("}");
    }
    this.#depth -= 1;
    if (isPlain || !this.#exact) return assign<JsonObject>({}, members);
    return new WrittenObject(members) as unknown as JsonObject;
  }

  #array(): Json {
    this.#enter();
    const items: Json[] = [];
    if (!this.#take("]")) {
      do items.push(this.#value());
      while (this.#take(","));
      this.#expect("]");
    }
    this.#depth -= 1;
    return items;
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw new JsonError({ kind: "open text" }, start);
    this.#at = end + 1;
    const plain = this.#text.slice(start + 1, end);
    if (!NOT_PLAIN.test(plain)) return plain;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw new JsonError({ kind: "odd character" }, start);
    }
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === "\\") backslashes += 1;
    return backslashes % 2 === 1;
  }

  #literal(): Json {
    for (const [word, value] of LITERALS)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#unexpected();
    this.#at += text.length;
    const value = Number(text);
    return this.#exact && String(value) !== text ? new JsonNumber(text) : value;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #take(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#unexpected(`“${char}”`);
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_JSON_DEPTH) throw new JsonError({ kind: "depth" }, this.#at);
    this.#at += 1;
  }

  #unexpected(wanted: Wanted = "value"): JsonError {
    WORD.lastIndex = this.#at;
    const isOver = this.#at >= this.#text.length;
    const found = isOver ? null : (WORD.exec(this.#text)?.[0].slice(0, 40) ?? this.#text[this.#at] ?? "");
    return new JsonError({ kind: "unexpected", found, wanted }, this.#at);
  }
}

const LITERALS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** The inverse of `parseJson` but for white space; also writes ordinary values, as `JSON.stringify` does. */
export function writeJson(value: unknown, indent = 0): string {
  return written(value, indent, "\n") ?? "null";
}

/** Undefined for what JSON leaves out. */
function written(value: unknown, indent: number, line: string): string | undefined {
  if (value instanceof JsonNumber) return value.text;
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value !== "object" || value instanceof Date) return JSON.stringify(value);
  const inner = line + " ".repeat(indent);
  const enclosed = (open: string, parts: readonly string[], close: string) =>
    parts.length === 0
      ? open + close
      : indent === 0
        ? open + parts.join(",") + close
        : open + inner + parts.join(`,${inner}`) + line + close;
  if (Array.isArray(value))
    return enclosed(
      "[",
      value.map(each => written(each, indent, inner) ?? "null"),
      "]",
    );
  const parts = membersOf(value as JsonObject).flatMap(([name, each]) => {
    const text = written(each, indent, inner);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${indent ? " " : ""}${text}`];
  });
  return enclosed("{", parts, "}");
}

/** Whether both say the same, to the digit. The order of different names says nothing; that of equal names does. */
export function isSameJson(a: Json, b: Json): boolean {
  if (isJsonScalar(a) || isJsonScalar(b))
    return isJsonScalar(a) && isJsonScalar(b) && writeJson(a) === writeJson(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [sorted(a), sorted(b)];
  return (
    left.length === right.length &&
    left.every(([name, value], index) => {
      const [otherName, other = null] = right[index] ?? [];
      return otherName === name && isSameJson(value, other);
    })
  );
}

/** A stable sort: values of equal names stay in their order. */
function sorted(value: Json[] | JsonObject): readonly JsonMember[] {
  const members = membersOf(value);
  return Array.isArray(value) ? members : members.toSorted(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
}
