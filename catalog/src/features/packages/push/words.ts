/** What somebody writes about a push. */
export interface Words {
  message: string;
  /** JSON, as typed. */
  metadata: string;
  /** Null: the bucket's default; empty: expressly none. */
  workflow: string | null;
}

export const NO_WORDS: Words = { message: "", metadata: "", workflow: null };
