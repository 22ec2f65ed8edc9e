import { type Json, writeJson } from "@/lib/json";

const MAX_VALUE_LENGTH = 1_000;

/** A value before or after a change; a dash where there is none. */
export function ChangedValue({ value }: { value: Json | undefined }) {
  if (value === undefined) return <span className="muted">–</span>;
  const text = writeJson(value);
  return <code>{text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text}</code>;
}
