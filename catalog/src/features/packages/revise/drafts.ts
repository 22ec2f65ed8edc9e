/** Changes that were not pushed yet: they outlive their page, but not the tab, nor the session. */
import { useCallback, useState } from "react";
import { parseJsonWith, writeJson } from "@/lib/json";
import { type Edits, NO_EDITS } from "./edits";

export interface Draft {
  base: {
    topHash: string;
    /** How many files it has. */
    entries: number;
    /** The package's latest revision when the draft was begun. */
    latest: string;
  };
  edits: Edits;
  message: string;
  /** As typed; null: the base's. */
  metadata: string | null;
  /** Null: the bucket's default; empty: none. */
  workflow: string | null;
}

export const newDraft = (base: Draft["base"]): Draft => ({
  base,
  edits: NO_EDITS,
  message: "",
  metadata: null,
  workflow: null,
});

/** Where the metadata of files is. */
const NOTED: ReadonlySet<string> = new Set(["noted"] satisfies (keyof Edits)[]);

const PREFIX = "patchwork.draft ";
const nameOf = (bucket: string, name: string) => `${PREFIX}${bucket} ${name}`;

function read(bucket: string, name: string): Draft | null {
  try {
    const text = sessionStorage.getItem(nameOf(bucket, name));
    return text ? (parseJsonWith(text, NOTED) as Draft) : null;
  } catch {
    return null;
  }
}

function write(bucket: string, name: string, draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(nameOf(bucket, name), writeJson(draft));
    else sessionStorage.removeItem(nameOf(bucket, name));
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

export function useDraft(bucket: string, name: string) {
  const [draft, setDraft] = useState(() => read(bucket, name));
  const change = useCallback(
    (to: Draft | null | ((now: Draft | null) => Draft | null)) =>
      setDraft(now => {
        const next = typeof to === "function" ? to(now) : to;
        write(bucket, name, next);
        return next;
      }),
    [bucket, name],
  );
  return [draft, change] as const;
}
