import { section } from "@/language/language";

export const t = section("lib/spreadsheets", {
  // cells
  spreadsheetDocumentType: "The spreadsheet has a document type, which is refused.",
  spreadsheetDamagedNot: "The spreadsheet is damaged: it is not valid XML.",
  // delimited
  rowQuotationMark: (rows: number) => `Row ${rows}: a quotation mark is not closed.`,
  fileMoreThan: (maxColumns: number) => `The file has more than ${maxColumns} columns.`,
  fileMoreThanRows: (maxRows: number) => `The file has more than ${maxRows} rows.`,
  // ods
  spreadsheetNoSheet: "The spreadsheet has no sheet.",
  sheetMoreThan: (maxRows: number) => `The sheet has more than ${maxRows} rows.`,
  sheetMoreThanColumns: (maxColumns: number) => `The sheet has more than ${maxColumns} columns.`,
  // read
  largerThanMiB: (name: string, maxFileBytes: number) => `${name} is larger than ${maxFileBytes} MiB.`,
  noXlsxOds: "This is no XLSX or ODS file.",
  oldFormatExcel: (name: string) => `${name} is in an old format of Excel. Save it as XLSX or CSV.`,
  notUtf8: (name: string) => `${name} is not UTF-8 text, and no XLSX or ODS file.`,
  // xlsx
  workbookNoSheet: "The workbook has no sheet.",
  workbooksFirstSheet: "The workbook's first sheet is missing.",
  // zip
  spreadsheetPackedUnusual: "The spreadsheet is packed in an unusual way.",
  spreadsheetDamaged: "The spreadsheet is damaged.",
  spreadsheetTooMany: "The spreadsheet has too many parts.",
  spreadsheetPassword: "The spreadsheet has a password.",
  spreadsheetTooLarge: "The spreadsheet is too large to be read here.",
});
