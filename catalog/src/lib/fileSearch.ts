/** Which of many paths somebody means who types a few letters of one. */

export interface SearchablePath {
  path: string;
  /** In lower case. */
  folded: string;
}

export const searchable = (path: string): SearchablePath => ({ path, folded: path.toLowerCase() });

const isBoundary = (character: string | undefined) =>
  character === undefined || /[^\p{L}\p{N}]/u.test(character);

/** Terms in names are better than in folders, beginnings are better than middles; -1: the path lacks a term. */
function score(folded: string, terms: readonly string[]): number {
  const nameAt = folded.lastIndexOf("/") + 1;
  let sum = 0;
  for (const term of terms) {
    const inName = folded.indexOf(term, nameAt);
    const at = inName === -1 ? folded.lastIndexOf(term) : inName;
    if (at === -1) return -1;
    sum += at === nameAt ? 8 : isBoundary(folded[at - 1]) ? 4 : 1;
    if (at >= nameAt) sum += 4;
    if (at === nameAt && term.length === folded.length - nameAt) sum += 16;
  }
  return sum;
}

/** The same for paths that have the letters in this order, but others between them. */
function looseScore(folded: string, letters: string): number {
  let [at, sum, last] = [0, 0, -2];
  for (const letter of letters) {
    const found = folded.indexOf(letter, at);
    if (found === -1) return -1;
    sum += found === last + 1 ? 3 : isBoundary(folded[found - 1]) ? 2 : 0;
    last = found;
    at = found + letter.length;
  }
  return sum;
}

/** The best paths first, and how many there are in all. Without a word: the first ones as they are. */
export function bestPaths(
  paths: readonly SearchablePath[],
  typed: string,
  limit: number,
): { found: string[]; total: number } {
  const terms = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0)
    return { found: paths.slice(0, limit).map(({ path }) => path), total: paths.length };
  const exact = ranked(paths, folded => score(folded, terms));
  const hits = exact.length > 0 ? exact : ranked(paths, folded => looseScore(folded, terms.join("")));
  return { found: hits.slice(0, limit).map(({ path }) => path), total: hits.length };
}

function ranked(paths: readonly SearchablePath[], value: (folded: string) => number) {
  const hits: { path: string; value: number }[] = [];
  for (const { path, folded } of paths) {
    const of = value(folded);
    if (of >= 0) hits.push({ path, value: of });
  }
  return hits.sort(
    (a, b) => b.value - a.value || a.path.length - b.path.length || (a.path < b.path ? -1 : 1),
  );
}

/** The folder that somebody is typing the path of; "" for none. */
export const typedFolder = (typed: string) => typed.slice(0, typed.lastIndexOf("/") + 1).replace(/\/$/, "");
