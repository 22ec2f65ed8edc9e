/** Tables from the beginning of a delimited text file. */

export const DELIMITERS = ["\t", ",", ";", "|"] as const;
export type Delimiter = (typeof DELIMITERS)[number];

export interface Table {
  delimiter: Delimiter;
  header: string[] | null;
  rows: string[][];
  /** Per column: whether every value is a number. */
  numeric: boolean[];
}

/** RFC 4180, forgiving: quotes inside unquoted fields are plain characters, lines may end with LF, CRLF or CR. */
export function parse(text: string, delimiter: string, limit = Infinity): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  const end = text.length;
  const closeRow = () => {
    row.push(field);
    field = "";
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  while (at < end && rows.length < limit) {
    const char = text[at];
    if (char === '"' && field === "") {
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          field += text.slice(at);
          at = end;
          break;
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at += 1;
      }
      while (at < end && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r")
        field += text[at++] ?? "";
    } else if (char === delimiter) {
      row.push(field);
      field = "";
      at += 1;
    } else if (char === "\n" || char === "\r") {
      closeRow();
      at += char === "\r" && text[at + 1] === "\n" ? 2 : 1;
    } else {
      let stop = at + 1;
      while (stop < end && text[stop] !== delimiter && text[stop] !== "\n" && text[stop] !== "\r") stop += 1;
      field += text.slice(at, stop);
      at = stop;
    }
  }
  if (rows.length < limit && (field !== "" || row.length > 0)) closeRow();
  return rows;
}

const SAMPLE_RECORDS = 30;

/** The delimiter that cuts the first records most evenly into the most columns; of equals, tabs before commas. */
export function sniff(text: string): Delimiter {
  let best: Delimiter = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const widths = parse(text, delimiter, SAMPLE_RECORDS).map(row => row.length);
    const first = widths[0] ?? 1;
    if (first < 2) continue;
    const even = widths.filter(width => width === first).length / widths.length;
    const score = even + Math.min(first, 50) / 1000;
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

const NUMBER = /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?%?$/i;

export function isNumber(value: string): boolean {
  return NUMBER.test(value.trim());
}

/** `complete`: whether the text is the whole file; if not, its last record is probably cut off. */
export function table(text: string, options: { delimiter?: Delimiter; complete: boolean }): Table {
  const delimiter = options.delimiter ?? sniff(text);
  const records = parse(text, delimiter);
  if (!options.complete && records.length > 1) records.pop();
  const first = records[0] ?? [];
  const named =
    records.length > 1 &&
    first.every(cell => cell.trim() !== "" && !isNumber(cell)) &&
    new Set(first).size === first.length;
  const rows = named ? records.slice(1) : records;
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), first.length);
  const numeric = Array.from({ length: width }, (_, column) => {
    const values = rows.map(row => row[column] ?? "").filter(value => value.trim() !== "");
    return values.length > 0 && values.every(isNumber);
  });
  return { delimiter, header: named ? first : null, rows, numeric };
}
