import type { t as english } from "@/language/en/lib/spreadsheets";

export const t: typeof english = {
  // cells
  theSpreadsheetHasADocumentType: "Die Tabelle hat eine Dokumenttyp-Angabe; solche werden abgelehnt.",
  theSpreadsheetIsDamagedItIs: "Die Tabelle ist beschädigt: Sie ist kein gültiges XML.",
  // delimited
  rowRowsAQuotationMarkIs: rows => `Zeile ${rows}: Ein Anführungszeichen ist nicht geschlossen.`,
  theFileHasMoreThanMaxColumns: maxColumns => `Die Datei hat mehr als ${maxColumns} Spalten.`,
  theFileHasMoreThanMaxRows: maxRows => `Die Datei hat mehr als ${maxRows} Zeilen.`,
  // ods
  theSpreadsheetHasNoSheet: "Die Tabelle hat kein Blatt.",
  theSheetHasMoreThanMaxRows: maxRows => `Das Blatt hat mehr als ${maxRows} Zeilen.`,
  theSheetHasMoreThanMaxColumns: maxColumns => `Das Blatt hat mehr als ${maxColumns} Spalten.`,
  // read
  nameIsLargerThanMaxFileBytesMiB: (name, maxFileBytes) => `${name} ist größer als ${maxFileBytes} MiB.`,
  thisIsNoXLSXOrODS: "Das ist keine XLSX- oder ODS-Datei.",
  nameIsInAnOldFormat: name =>
    `${name} hat ein altes Format von Excel. Speichern Sie die Datei als XLSX oder CSV.`,
  nameIsNotUTF8Text: name => `${name} ist weder UTF-8-Text noch eine XLSX- oder ODS-Datei.`,
  // xlsx
  theWorkbookHasNoSheet: "Die Arbeitsmappe hat kein Blatt.",
  theWorkbooksFirstSheetIsMissing: "Das erste Blatt der Arbeitsmappe fehlt.",
  // zip
  theSpreadsheetIsPackedInAn: "Die Tabelle ist auf ungewöhnliche Weise gepackt.",
  theSpreadsheetIsDamaged: "Die Tabelle ist beschädigt.",
  theSpreadsheetHasTooManyParts: "Die Tabelle hat zu viele Teile.",
  theSpreadsheetHasAPassword: "Die Tabelle hat ein Passwort.",
  theSpreadsheetIsTooLargeTo: "Die Tabelle ist zu groß, um hier gelesen zu werden.",
};
