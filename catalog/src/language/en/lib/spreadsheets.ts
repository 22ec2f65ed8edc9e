import { section } from "@/language/language";

export const t = section("lib/spreadsheets", {
  // cells
  theSpreadsheetHasADocumentType: "The spreadsheet has a document type, which is refused.",
  theSpreadsheetIsDamagedItIs: "The spreadsheet is damaged: it is not valid XML.",
  // delimited
  rowRowsAQuotationMarkIs: (rows: number) => `Row ${rows}: a quotation mark is not closed.`,
  theFileHasMoreThanMaxColumns: (maxColumns: number) => `The file has more than ${maxColumns} columns.`,
  theFileHasMoreThanMaxRows: (maxRows: number) => `The file has more than ${maxRows} rows.`,
  // ods
  theSpreadsheetHasNoSheet: "The spreadsheet has no sheet.",
  theSheetHasMoreThanMaxRows: (maxRows: number) => `The sheet has more than ${maxRows} rows.`,
  theSheetHasMoreThanMaxColumns: (maxColumns: number) => `The sheet has more than ${maxColumns} columns.`,
  // read
  nameIsLargerThanMaxFileBytesMiB: (name: string, maxFileBytes: number) =>
    `${name} is larger than ${maxFileBytes} MiB.`,
  thisIsNoXLSXOrODS: "This is no XLSX or ODS file.",
  nameIsInAnOldFormat: (name: string) => `${name} is in an old format of Excel. Save it as XLSX or CSV.`,
  nameIsNotUTF8Text: (name: string) => `${name} is not UTF-8 text, and no XLSX or ODS file.`,
  // xlsx
  theWorkbookHasNoSheet: "The workbook has no sheet.",
  theWorkbooksFirstSheetIsMissing: "The workbook's first sheet is missing.",
  // zip
  theSpreadsheetIsPackedInAn: "The spreadsheet is packed in an unusual way.",
  theSpreadsheetIsDamaged: "The spreadsheet is damaged.",
  theSpreadsheetHasTooManyParts: "The spreadsheet has too many parts.",
  theSpreadsheetHasAPassword: "The spreadsheet has a password.",
  theSpreadsheetIsTooLargeTo: "The spreadsheet is too large to be read here.",
});
