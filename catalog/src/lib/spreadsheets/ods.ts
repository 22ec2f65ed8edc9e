/** The first sheet of an OpenDocument spreadsheet (OASIS ODF 1.3). */
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

/** Null where the file is no spreadsheet. */
export async function readOds(zip: ZipFile): Promise<Sheet | null> {
  const content = await zip.text("content.xml");
  if (content === null) return null;
  const [table] = elements(parseXml(content), "table");
  if (!table) throw new SpreadsheetError(t.spreadsheetNoSheet);
  const rows: Cell[][] = [];
  for (const row of elements(table, "table-row")) {
    const cells = cellsOf(row);
    // Sheets end with a row that stands for all the rest.
    if (cells.length === 0) continue;
    for (let left = repeated(row, "number-rows-repeated"); left > 0; left--) {
      if (rows.length >= MAX_ROWS) throw new SpreadsheetError(t.sheetMoreThan(MAX_ROWS));
      rows.push(cells);
    }
  }
  return { name: attribute(table, "name") ?? "", rows };
}

const repeated = (element: Element, name: string) => Number(attribute(element, name) ?? 1);

/** Up to the last cell that is not empty. */
function cellsOf(row: Element): Cell[] {
  const cells: Cell[] = [];
  let gap = 0;
  for (const cell of row.children) {
    if (cell.localName !== "table-cell" && cell.localName !== "covered-table-cell") continue;
    const value = valueOf(cell);
    const times = repeated(cell, "number-columns-repeated");
    if (value === null || value === "") {
      gap += times;
      continue;
    }
    if (cells.length + gap + times > MAX_COLUMNS)
      throw new SpreadsheetError(t.sheetMoreThanColumns(MAX_COLUMNS));
    for (; gap > 0; gap--) cells.push(null);
    for (let left = times; left > 0; left--) cells.push(value);
  }
  return cells;
}

function valueOf(cell: Element): Cell {
  switch (attribute(cell, "value-type")) {
    case "float":
    case "percentage":
    case "currency":
      return Number(attribute(cell, "value"));
    case "boolean":
      return attribute(cell, "boolean-value") === "true";
    case "date":
      return attribute(cell, "date-value");
    case "time":
      return attribute(cell, "time-value");
    case null:
      return null;
    default:
      return elements(cell, "p")
        .map(each => each.textContent)
        .join("\n");
  }
}
