/** What a page and the thread that holds a JSON text say to each other. */
import { JsonError, type JsonMistake } from "@/lib/json";
import { textOf } from "./decoding";
import { type JsonRow, JsonRows, type JsonValue } from "./jsonRows";

export type JsonQuestion =
  | { id: number; ask: "open"; bytes: Uint8Array<ArrayBuffer> }
  | { id: number; ask: "rows"; from: number; to: number }
  | { id: number; ask: "toggle"; row: number }
  | { id: number; ask: "parent"; row: number }
  | { id: number; ask: "value"; row: number };

/** What each question is answered with. */
export interface JsonAnswers {
  /** How many rows there are, or why the text is not JSON, with the line. */
  open: { length: number } | { mistake: JsonMistake; line: number };
  rows: JsonRow[];
  toggle: { length: number };
  parent: number | null;
  value: JsonValue;
}

export interface JsonReply {
  id: number;
  answer: JsonAnswers[keyof JsonAnswers];
}

/** Answers the questions about one text. */
export function answerJson(): (question: JsonQuestion) => JsonReply {
  let tree: JsonRows | null = null;
  const answer = (question: JsonQuestion): JsonAnswers[keyof JsonAnswers] => {
    if (question.ask === "open") {
      const bytes = utf8(question.bytes);
      try {
        tree = new JsonRows(bytes);
        return { length: tree.length };
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        return { mistake: error.mistake, line: lineAt(bytes, error.position) };
      }
    }
    if (!tree) throw new Error("No text is open");
    switch (question.ask) {
      case "rows":
        return tree.rows(question.from, question.to);
      case "toggle":
        tree.toggle(question.row);
        return { length: tree.length };
      case "parent":
        return tree.parent(question.row);
      case "value":
        return tree.value(question.row);
    }
  };
  return question => ({ id: question.id, answer: answer(question) });
}

const PIECE_BYTES = 1 << 20;

/** The same text in UTF-8, in which nearly all JSON is. */
function utf8(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (!isUtf16 && isUtf8(bytes)) return bytes;
  const text = textOf(bytes, true);
  return text === null ? bytes : new TextEncoder().encode(text);
}

function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES)
      decoder.decode(bytes.subarray(at, at + PIECE_BYTES), { stream: at + PIECE_BYTES < bytes.length });
    return true;
  } catch {
    return false;
  }
}

function lineAt(bytes: Uint8Array, position: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < position; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}
