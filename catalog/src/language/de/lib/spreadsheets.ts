import type { t as english } from "@/language/en/lib/spreadsheets";

export const t: typeof english = {
  // cells
  spreadsheetDocumentType: "Die Tabelle hat eine Dokumenttyp-Angabe; solche werden abgelehnt.",
  spreadsheetDamagedNot: "Die Tabelle ist beschädigt: Sie ist kein gültiges XML.",
  // delimited
  rowQuotationMark: rows => `Zeile ${rows}: Ein Anführungszeichen ist nicht geschlossen.`,
  fileMoreThan: maxColumns => `Die Datei hat mehr als ${maxColumns} Spalten.`,
  fileMoreThanRows: maxRows => `Die Datei hat mehr als ${maxRows} Zeilen.`,
  // ods
  spreadsheetNoSheet: "Die Tabelle hat kein Blatt.",
  sheetMoreThan: maxRows => `Das Blatt hat mehr als ${maxRows} Zeilen.`,
  sheetMoreThanColumns: maxColumns => `Das Blatt hat mehr als ${maxColumns} Spalten.`,
  // read
  largerThanMiB: (name, maxFileBytes) => `${name} ist größer als ${maxFileBytes} MiB.`,
  noXlsxOds: "Das ist keine XLSX- oder ODS-Datei.",
  oldFormatExcel: name =>
    `${name} hat ein altes Format von Excel. Speichern Sie die Datei als XLSX oder CSV.`,
  notUtf8: name => `${name} ist weder UTF-8-Text noch eine XLSX- oder ODS-Datei.`,
  // xlsx
  workbookNoSheet: "Die Arbeitsmappe hat kein Blatt.",
  workbooksFirstSheet: "Das erste Blatt der Arbeitsmappe fehlt.",
  // zip
  spreadsheetPackedUnusual: "Die Tabelle ist auf ungewöhnliche Weise gepackt.",
  spreadsheetDamaged: "Die Tabelle ist beschädigt.",
  spreadsheetTooMany: "Die Tabelle hat zu viele Teile.",
  spreadsheetPassword: "Die Tabelle hat ein Passwort.",
  spreadsheetTooLarge: "Die Tabelle ist zu groß, um hier gelesen zu werden.",
};
