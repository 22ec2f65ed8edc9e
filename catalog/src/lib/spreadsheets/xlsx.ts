/** The first sheet of an Office Open XML workbook (ECMA-376). */
import { t } from "@/language/en/lib/spreadsheets";
import {
  attribute,
  type Cell,
  elements,
  MAX_COLUMNS,
  MAX_ROWS,
  parseXml,
  type Sheet,
  SpreadsheetError,
} from "./cells";
import type { ZipFile } from "./zip";

const DAY_MILLISECONDS = 86_400_000;
/** Number formats that are dates in every workbook. */
const DATE_FORMATS = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]);

/** Null where the file is no workbook. */
export async function readXlsx(zip: ZipFile): Promise<Sheet | null> {
  const workbook = await zip.text("xl/workbook.xml");
  if (workbook === null) return null;
  const book = parseXml(workbook);
  const [first] = elements(book, "sheet");
  if (!first) throw new SpreadsheetError(t.workbookNoSheet);
  const [strings, isDate, sheet] = await Promise.all([
    zip.text("xl/sharedStrings.xml").then(textsOf),
    zip.text("xl/styles.xml").then(dateStylesOf),
    zip.text("xl/_rels/workbook.xml.rels").then(links => zip.text(pathOf(links, relationOf(first)))),
  ]);
  if (sheet === null) throw new SpreadsheetError(t.workbooksFirstSheet);
  const begins1904 = elements(book, "workbookPr").some(each => isTrue(attribute(each, "date1904")));
  const rows: Cell[][] = [];
  for (const row of elements(parseXml(sheet), "row")) {
    if (rows.length >= MAX_ROWS) throw new SpreadsheetError(t.sheetMoreThan(MAX_ROWS));
    const cells: Cell[] = [];
    for (const cell of elements(row, "c")) {
      const column = columnOf(attribute(cell, "r"), cells.length);
      if (column >= MAX_COLUMNS) throw new SpreadsheetError(t.sheetMoreThanColumns(MAX_COLUMNS));
      while (cells.length < column) cells.push(null);
      cells[column] = valueOf(cell, strings, isDate, begins1904);
    }
    rows.push(cells);
  }
  return { name: attribute(first, "name") ?? "", rows };
}

const isTrue = (value: string | null) => value === "1" || value === "true";

/** `r:id`, which a plain `id` would hide. */
function relationOf(sheet: Element): string {
  for (const each of sheet.attributes) if (each.name.endsWith(":id")) return each.value;
  return "";
}

function pathOf(relations: string | null, id: string): string {
  const found =
    relations === null
      ? undefined
      : elements(parseXml(relations), "Relationship").find(each => attribute(each, "Id") === id);
  const target = found ? attribute(found, "Target") : null;
  if (target === null) return "xl/worksheets/sheet1.xml";
  return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
}

/** Runs of text, without what is written above the signs for their pronunciation. */
const textOf = (item: Element) =>
  elements(item, "t")
    .filter(each => each.parentElement?.localName !== "rPh")
    .map(each => each.textContent)
    .join("");

const textsOf = (strings: string | null) =>
  strings === null ? [] : elements(parseXml(strings), "si").map(textOf);

/** Whether a cell of a style holds a date, by the style's number. */
function dateStylesOf(styles: string | null): readonly boolean[] {
  if (styles === null) return [];
  const document = parseXml(styles);
  const own = new Map(
    elements(document, "numFmt").map(each => [
      Number(attribute(each, "numFmtId")),
      // Colours, conditions and quoted texts say nothing about dates.
      /[ymdhs]/i.test((attribute(each, "formatCode") ?? "").replaceAll(/\[[^\]]*\]|"[^"]*"|\\./g, "")),
    ]),
  );
  return elements(document, "cellXfs")
    .flatMap(each => elements(each, "xf"))
    .map(each => Number(attribute(each, "numFmtId")))
    .map(id => own.get(id) ?? DATE_FORMATS.has(id));
}

/** `AB12` is in column 27; without a reference, a cell follows the one before it. */
function columnOf(reference: string | null, next: number): number {
  const letters = /^[A-Z]+/.exec(reference ?? "")?.[0];
  if (!letters) return next;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function valueOf(
  cell: Element,
  strings: readonly string[],
  isDate: readonly boolean[],
  begins1904: boolean,
): Cell {
  const type = attribute(cell, "t") ?? "n";
  if (type === "inlineStr") return textOf(cell);
  const text = elements(cell, "v")[0]?.textContent;
  if (text === undefined || text === "") return null;
  switch (type) {
    case "s":
      return strings[Number(text)] ?? null;
    case "b":
      return isTrue(text);
    case "n": {
      const number = Number(text);
      return isDate[Number(attribute(cell, "s") ?? -1)] === true ? dateOf(number, begins1904) : number;
    }
    case "e":
      return null;
    default:
      return text;
  }
}

/** Days since 1900 (with a 29 February that there was not) or 1904, as ISO 8601; without the time where it is midnight. */
function dateOf(days: number, begins1904: boolean): string {
  const since = begins1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const date = new Date(since + Math.round(days * DAY_MILLISECONDS));
  if (Number.isNaN(date.getTime())) return String(days);
  const text = date.toISOString().replace(/\.\d+Z$/, "");
  return text.endsWith("T00:00:00") ? text.slice(0, 10) : text;
}
