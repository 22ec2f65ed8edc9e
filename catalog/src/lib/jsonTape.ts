/**
 * The places of all values in a JSON text (RFC 8259), for texts that are too long to become objects. Values are read
 * from the text when they are wanted, so numbers, repeated names and their order are as they are written.
 */
import { JsonError, type Wanted } from "./json";

export type JsonKind = "object" | "array" | "string" | "number" | "literal";

const CHUNK_BITS = 20;
const CHUNK = 1 << CHUNK_BITS;

/** Grows without being copied. */
class Numbers {
  readonly #chunks: Uint32Array[] = [];
  length = 0;

  push(value: number): void {
    if (this.length >>> CHUNK_BITS === this.#chunks.length) this.#chunks.push(new Uint32Array(CHUNK));
    this.length += 1;
    this.set(this.length - 1, value);
  }

  get(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0;
  }

  set(index: number, value: number): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk) chunk[index & (CHUNK - 1)] = value;
  }
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const [ZERO, MINUS, PLUS, POINT] = [0x30, 0x2d, 0x2b, 0x2e];
const WORD = /^[\w.+-]+/;
const MAX_WORD_LENGTH = 40;

/** Values are numbered in the order of the text, containers before what is in them. The whole is 0. */
export class JsonTape {
  readonly #bytes: Uint8Array;
  /** Where each value begins, and the number of the value that follows all that is in it. */
  readonly #starts = new Numbers();
  readonly #ends = new Numbers();

  /** `bytes`: UTF-8. Throws a `JsonError`, whose position is in bytes. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.#scan(hasMark ? 3 : 0);
  }

  /** How many values there are. */
  get length(): number {
    return this.#starts.length;
  }

  kind(node: number): JsonKind {
    switch (this.#bytes[this.#starts.get(node)]) {
      case OBJECT:
        return "object";
      case ARRAY:
        return "array";
      case QUOTE:
        return "string";
      case 0x74:
      case 0x66:
      case 0x6e:
        return "literal";
      default:
        return "number";
    }
  }

  /** The value that follows all that is in this one: its next sibling, if it has one. */
  after(node: number): number {
    return this.#ends.get(node);
  }

  /** A member's name, as it reads; only for values that are in an object. */
  name(node: number): string {
    let end = this.#starts.get(node) - 1;
    while (this.#bytes[end] !== QUOTE) end -= 1;
    let start = end - 1;
    // Within a text, a quotation mark has an odd number of backslashes before it.
    for (;;) {
      while (this.#bytes[start] !== QUOTE) start -= 1;
      let first = start;
      while (this.#bytes[first - 1] === BACKSLASH) first -= 1;
      if ((start - first) % 2 === 0) break;
      start -= 1;
    }
    return JSON.parse(this.#text(start, end + 1)) as string;
  }

  /** A text without its quotation marks and escapes, anything else as it is written. `limit`: of bytes. */
  value(node: number, limit = Infinity): { text: string; isWhole: boolean } {
    const start = this.#starts.get(node);
    const end = this.#end(node);
    if (end - start <= limit) {
      const text = this.#text(start, end);
      return { text: this.kind(node) === "string" ? (JSON.parse(text) as string) : text, isWhole: true };
    }
    const cut = this.#text(start, start + limit);
    return { text: this.kind(node) === "string" ? beginning(cut) : cut, isWhole: false };
  }

  #text(start: number, end: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }

  /** Where a value ends in the text. */
  #end(node: number): number {
    // The last value in a container ends before it, with nothing but closing brackets between.
    let last = node;
    let closing = 0;
    for (; this.after(last) > last + 1; closing += 1) {
      const end = this.after(last);
      for (last += 1; this.after(last) < end;) last = this.after(last);
    }
    const start = this.#starts.get(last);
    const kind = this.kind(last);
    let at =
      kind === "string"
        ? this.#stringEnd(start)
        : kind === "object" || kind === "array"
          ? this.#skipSpace(start + 1) + 1
          : this.#scalarEnd(start);
    for (; closing > 0; closing -= 1) at = this.#skipSpace(at) + 1;
    return at;
  }

  #scan(from: number): void {
    const open: number[] = [];
    let at = from;
    for (;;) {
      at = this.#skipSpace(at);
      const byte = this.#bytes[at];
      const node = this.#starts.length;
      this.#starts.push(at);
      this.#ends.push(node + 1);
      if (byte === OBJECT || byte === ARRAY) {
        at = this.#skipSpace(at + 1);
        if (this.#bytes[at] !== (byte === OBJECT ? OBJECT_END : ARRAY_END)) {
          open.push(node);
          if (byte === OBJECT) at = this.#nameEnd(at);
          continue;
        }
        at += 1;
      } else at = byte === QUOTE ? this.#stringEnd(at) : this.#scalarEnd(at);
      const next = this.#nextValue(at, open);
      if (next === null) return;
      at = next;
    }
  }

  /** After a value: closes what ends there, and leads to the next value; null at the end of the text. */
  #nextValue(from: number, open: number[]): number | null {
    let at = from;
    for (;;) {
      at = this.#skipSpace(at);
      const container = open.at(-1);
      if (container === undefined) {
        if (at < this.#bytes.length) throw this.#unexpected(at, "end");
        return null;
      }
      const isObject = this.#bytes[this.#starts.get(container)] === OBJECT;
      if (this.#bytes[at] === COMMA) return isObject ? this.#nameEnd(this.#skipSpace(at + 1)) : at + 1;
      if (this.#bytes[at] !== (isObject ? OBJECT_END : ARRAY_END))
        throw this.#unexpected(at, isObject ? "“}”" : "“]”");
      this.#ends.set(container, this.#starts.length);
      open.pop();
      at += 1;
    }
  }

  /** Over a member's name and its colon. */
  #nameEnd(start: number): number {
    if (this.#bytes[start] !== QUOTE) throw this.#unexpected(start, "name");
    const at = this.#skipSpace(this.#stringEnd(start));
    if (this.#bytes[at] !== COLON) throw this.#unexpected(at, "“:”");
    return at + 1;
  }

  #stringEnd(start: number): number {
    const bytes = this.#bytes;
    let isOdd = false;
    let at = start + 1;
    for (; at < bytes.length && bytes[at] !== QUOTE; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < 0x20) isOdd = true;
      else if (byte === BACKSLASH) {
        at += 1;
        const escape = ESCAPES[bytes[at] ?? 0] ?? 0;
        if (escape === 0) isOdd = true;
        for (let digit = 1; digit < escape; digit++) if (!isHex(bytes[at + digit] ?? 0)) isOdd = true;
      }
    }
    if (at >= bytes.length) throw new JsonError({ kind: "open text" }, start);
    if (isOdd) throw new JsonError({ kind: "odd character" }, start);
    return at + 1;
  }

  #scalarEnd(start: number): number {
    const bytes = this.#bytes;
    const word = WORDS[bytes[start] ?? 0];
    if (word?.every((byte, index) => bytes[start + index] === byte)) return start + word.length;
    let at = bytes[start] === MINUS ? start + 1 : start;
    if (!isDigit(bytes[at])) throw this.#unexpected(start, "value");
    at = bytes[at] === ZERO ? at + 1 : this.#digitsEnd(at);
    if (bytes[at] === POINT && isDigit(bytes[at + 1])) at = this.#digitsEnd(at + 1);
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      const sign = bytes[at + 1];
      const digits = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
      if (isDigit(bytes[digits])) at = this.#digitsEnd(digits);
    }
    return at;
  }

  #digitsEnd(start: number): number {
    let at = start;
    while (isDigit(this.#bytes[at])) at += 1;
    return at;
  }

  #skipSpace(start: number): number {
    let at = start;
    for (;;) {
      const byte = this.#bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
      at += 1;
    }
  }

  #unexpected(at: number, wanted: Wanted): JsonError {
    if (at >= this.#bytes.length) return new JsonError({ kind: "unexpected", found: null, wanted }, at);
    const text = this.#text(at, at + 4 * MAX_WORD_LENGTH);
    const found = WORD.exec(text)?.[0].slice(0, MAX_WORD_LENGTH) ?? text.charAt(0);
    return new JsonError({ kind: "unexpected", found, wanted }, at);
  }
}

/** How many bytes follow the backslash, by the first of them. */
const ESCAPES: Record<number, number> = {
  ...Object.fromEntries(Array.from(`"\\/bfnrt`, char => [char.charCodeAt(0), 1])),
  0x75: 5,
};

/** By their first bytes. */
const WORDS: Record<number, readonly number[]> = Object.fromEntries(
  ["true", "false", "null"].map(word => [word.charCodeAt(0), [...new TextEncoder().encode(word)]]),
);

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

/** What the beginning of a text in quotation marks says; it may end within an escape or a character. */
function beginning(cut: string): string {
  const whole = cut.replace(/\uFFFD+$/, "").replace(/(?<!\\)((?:\\\\)*)\\(?:u[\da-fA-F]{0,3})?$/, "$1");
  return JSON.parse(`${whole}"`) as string;
}
