import type { Revision } from "@/api/models";
import { t } from "@/language/en/features/packages";

/** Why a revision cannot be shown, in a word. */
export function stateWord(state: Revision["state"]): string {
  return { ready: t.ready, missing: t.missing, corrupt: t.corrupt, mismatch: t.mismatch }[state];
}
