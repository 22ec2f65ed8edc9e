/** What is written in forms and not sent yet. It outlives its page, but not the tab, nor the session. */
import { useCallback, useState } from "react";
import { parseJsonWith, writeJson } from "@/lib/json";

const PREFIX = "patchwork.draft ";

/** `name` is unique among all forms. `metadata`: names of the members whose values are metadata, which stays as written. */
export function useKept<Draft>(name: string, metadata: ReadonlySet<string>) {
  const [draft, setDraft] = useState(() => read(name, metadata) as Draft | null);
  const change = useCallback(
    (to: Draft | null | ((now: Draft | null) => Draft | null)) =>
      setDraft(now => {
        const next = typeof to === "function" ? (to as (now: Draft | null) => Draft | null)(now) : to;
        write(name, next);
        return next;
      }),
    [name],
  );
  return [draft, change] as const;
}

function read(name: string, metadata: ReadonlySet<string>): unknown {
  try {
    const text = sessionStorage.getItem(PREFIX + name);
    return text ? parseJsonWith(text, metadata) : null;
  } catch {
    return null;
  }
}

function write(name: string, draft: unknown): void {
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, writeJson(draft));
  } catch {
    // Storage is off or full: the draft lasts as long as the page.
  }
}

export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Then there are none.
  }
}
