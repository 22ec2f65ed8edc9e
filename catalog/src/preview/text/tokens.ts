/** What highlight.js answers, line by line: parts of text, each with its classes. */

export interface Token {
  text: string;
  className: string;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };
const PART = /<span class="([^"]*)">|<\/span>|&(amp|lt|gt|quot|#x27);|\n|[^<&\n]+/g;

/** Spans that go over several lines are closed and opened again. */
export function tokenLines(html: string): Token[][] {
  const lines: Token[][] = [[]];
  const open: string[] = [];
  for (const [part, className, entity] of html.matchAll(PART)) {
    if (className !== undefined) open.push(className);
    else if (part === "</span>") open.pop();
    else if (part === "\n") lines.push([]);
    else append(lines.at(-1) ?? [], entity ? (ENTITIES[entity] ?? part) : part, open.at(-1) ?? "");
  }
  return lines;
}

function append(line: Token[], text: string, className: string): void {
  const last = line.at(-1);
  if (last?.className === className) last.text += text;
  else line.push({ text, className });
}

export const linesOf = (text: string) => text.replace(/\r?\n$/, "").split(/\r\n?|\n/);
