/** Places in metadata: JSON pointers (RFC 6901), and the names that people see for them. */
import { isJsonScalar, type Json, writeJson } from "./json";

export const METADATA = "meta:";

/** The keys on the way. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map(part => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerTo(parts: readonly string[]): string {
  return parts.map(part => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** As people read it: `/qc/level` is `qc.level`. */
export const pointerLabel = (pointer: string) => pointerParts(pointer).join(".");

/** What is there. */
export function valueAt(meta: unknown, pointer: string): Json | undefined {
  let found: unknown = meta;
  for (const part of pointerParts(pointer)) {
    if (found === null || typeof found !== "object" || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found as Json | undefined;
}

/** In one line: items of a list side by side, anything deeper as JSON. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return isJsonScalar(value) ? String(value) : writeJson(value);
}
