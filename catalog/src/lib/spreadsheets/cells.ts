/** What the sheets of all formats are read to. */

/** Dates are texts as ISO 8601 writes them. */
import { t } from "@/language/en/lib/spreadsheets";

export type Cell = string | number | boolean | null;

export interface Sheet {
  name: string;
  rows: Cell[][];
}

/** A file that is no spreadsheet, or that holds more than is read here; the text says which. */
export class SpreadsheetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SpreadsheetError";
  }
}

/** What a field for files offers. */
export const SPREADSHEET_NAMES = ".csv,.tsv,.xlsx,.ods";

export const MAX_ROWS = 20_000;
export const MAX_COLUMNS = 1_000;

/** Without empty rows and without empty cells at the ends of rows. */
export function trimmed(rows: readonly (readonly Cell[])[]): Cell[][] {
  const isEmpty = (cell: Cell | undefined) => cell === null || cell === undefined || cell === "";
  return rows
    .map(row => {
      const end = row.findLastIndex(cell => !isEmpty(cell)) + 1;
      return Array.from({ length: end }, (_, index) => row[index] ?? null);
    })
    .filter(row => row.length > 0);
}

/** An XML document without a document type, which could name entities. */
export function parseXml(text: string): Document {
  if (/<!DOCTYPE/i.test(text)) throw new SpreadsheetError(t.spreadsheetDocumentType);
  const found = new DOMParser().parseFromString(text, "application/xml");
  if (found.querySelector("parsererror")) throw new SpreadsheetError(t.spreadsheetDamagedNot);
  return found;
}

/** Elements of one name, whatever their prefix. */
export const elements = (parent: Document | Element, name: string): Element[] =>
  [...parent.querySelectorAll("*")].filter(each => each.localName === name);

/** Attributes of one name, whatever their prefix. */
export function attribute(element: Element, name: string): string | null {
  for (const each of element.attributes)
    if ((each.localName || each.name).replace(/^.*:/, "") === name) return each.value;
  return null;
}
