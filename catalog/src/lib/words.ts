/** Which parts of a text a search asked for. */

/** The words of a query, without its operators, fields and exclusions. */
export function wordsOf(query: string): string[] {
  const words: string[] = [];
  for (const [, , not, quoted, plain] of query.matchAll(/(^|[\s(])(-|NOT\s+)?(?:"([^"]*)"|([^\s()"]+))/g)) {
    if (not) continue;
    const text = quoted ?? plain ?? "";
    if (/^(AND|OR|NOT)$/.test(text)) continue;
    const value = quoted === undefined ? text.replace(/^\w[\w.]*:/, "") : text;
    words.push(...value.split(/[^\p{L}\p{N}]+/u).filter(Boolean));
  }
  return [...new Set(words.map(word => word.toLowerCase()))];
}

export interface Part {
  text: string;
  hit: boolean;
}

/** Cut so that the beginnings of words that are wanted stand out. */
export function marked(text: string, words: readonly string[]): Part[] {
  if (words.length === 0) return [{ text, hit: false }];
  const wanted = words.toSorted((a, b) => b.length - a.length).join("|");
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])(?:${wanted})`, "giu"))) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index), hit: false });
    parts.push({ text: match[0], hit: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}
