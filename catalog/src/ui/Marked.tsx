import type { ReactNode } from "react";
import { marked } from "@/lib/words";

/** A text in which the words that were searched for stand out. */
export function Marked({ text, words }: { text: string; words: readonly string[] }): ReactNode {
  return marked(text, words).map((part, index) =>
    part.hit ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
  );
}
