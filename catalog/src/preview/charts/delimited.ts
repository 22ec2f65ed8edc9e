/** Rows of comma- or tab-separated text (RFC 4180), with numbers as numbers. */
export type Value = string | number;

export function rowsOf(text: string, separator: "," | "\t"): Value[][] {
  const rows: Value[][] = [];
  let row: Value[] = [];
  let at = 0;
  const end = text.length;
  while (at < end) {
    let value: string;
    const isQuoted = text[at] === '"';
    if (isQuoted) {
      let close = text.indexOf('"', at + 1);
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
      if (close < 0) close = end;
      value = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else {
      const start = at;
      while (at < end && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at += 1;
      value = text.slice(start, at);
    }
    row.push(isQuoted ? value : typed(value));
    if (text[at] === separator) {
      at += 1;
      if (at < end) continue;
      row.push("");
    } else at += text.startsWith("\r\n", at) ? 2 : 1;
    rows.push(row);
    row = [];
  }
  return rows.filter(each => each.length > 1 || each[0] !== "");
}

const typed = (value: string): Value =>
  value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
