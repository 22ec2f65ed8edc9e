/** Changes of a package that were not pushed yet. */
import { useKept } from "../push/drafts";
import { type Added, type Edits, NO_EDITS } from "./edits";

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
const NOTED: ReadonlySet<string> = new Set(["noted", "meta"] satisfies (keyof Edits | keyof Added)[]);

export const useDraft = (bucket: string, name: string) => useKept<Draft>(`${bucket} ${name}`, NOTED);
