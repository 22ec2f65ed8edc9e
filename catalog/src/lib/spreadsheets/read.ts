/** Spreadsheets that somebody chose or dropped: CSV, TSV, XLSX and ODS. */
import { t } from "@/language/en/lib/spreadsheets";
import { type Sheet, SpreadsheetError, trimmed } from "./cells";
import { readDelimited, separatorOf } from "./delimited";
import { readOds } from "./ods";
import { readXlsx } from "./xlsx";
import { ZipFile } from "./zip";

const MAX_FILE_BYTES = 20 * 1_048_576;

/** The first sheet, without empty rows. Throws a SpreadsheetError. */
export async function readSpreadsheet(file: File): Promise<Sheet> {
  if (file.size > MAX_FILE_BYTES)
    throw new SpreadsheetError(t.largerThanMiB(file.name, MAX_FILE_BYTES / 1_048_576));
  const bytes = new Uint8Array(await file.arrayBuffer());
  const sheet = isZip(bytes) ? await readPacked(bytes) : readText(file.name, bytes);
  return { name: sheet.name, rows: trimmed(sheet.rows) };
}

const isZip = (bytes: Uint8Array) => bytes[0] === 0x50 && bytes[1] === 0x4b;

async function readPacked(bytes: Uint8Array<ArrayBuffer>): Promise<Sheet> {
  const zip = new ZipFile(bytes);
  const found = (await readXlsx(zip)) ?? (await readOds(zip));
  if (!found) throw new SpreadsheetError(t.noXlsxOds);
  return found;
}

function readText(name: string, bytes: Uint8Array): Sheet {
  // The format of Excel before 2007.
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new SpreadsheetError(t.oldFormatExcel(name));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SpreadsheetError(t.notUtf8(name));
  }
  const isTabbed = /\.(tsv|tab)$/i.test(name);
  return { name: "", rows: readDelimited(text, isTabbed ? "\t" : separatorOf(text)) };
}
