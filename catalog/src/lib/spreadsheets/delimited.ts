/** Rows of comma- or tab-separated text (RFC 4180); all cells are texts. */
import { t } from "@/language/en/lib/spreadsheets";
import { MAX_COLUMNS, MAX_ROWS, SpreadsheetError } from "./cells";

export function readDelimited(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1);
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
      if (close < 0) throw new SpreadsheetError(t.rowQuotationMark(rows.length + 1));
      cell = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else cell = "";
    const start = at;
    while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at += 1;
    row.push(cell + text.slice(start, at));
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      row.push("");
    } else at += text.startsWith("\r\n", at) ? 2 : 1;
    rows.push(row);
    if (row.length > MAX_COLUMNS) throw new SpreadsheetError(t.fileMoreThan(MAX_COLUMNS));
    if (rows.length > MAX_ROWS) throw new SpreadsheetError(t.fileMoreThanRows(MAX_ROWS));
    row = [];
  }
  return rows;
}

/** Spreadsheet programs of many countries separate by semicolons, and still call it CSV. */
export function separatorOf(text: string): "," | ";" {
  const [line = ""] = text.split(/\r?\n/, 1);
  return line.split(";").length > line.split(",").length ? ";" : ",";
}
