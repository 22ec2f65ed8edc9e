import type { t as english } from "@/language/en/features/packages/metadata";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // OtherFields
  removeEach: each => `${each} entfernen`,
  anotherField: "Weiteres Feld",
  newField: "Neues Feld",
  itsName: "Sein Name",
  thereIsAFieldOfThis: "Ein Feld dieses Namens gibt es schon.",
  add: "Hinzufügen",
  // filling
  theSpreadsheetIsEmpty: "Die Tabelle ist leer.",
  theRowsAreAboutFilesFiles:
    "Die Zeilen handeln von Dateien. Dateien erhalten ihre Metadaten, wenn ein Paket überarbeitet wird.",
  theSpreadsheetHasNamesButNo: "Die Tabelle hat Namen, aber keine Werte.",
  onlyTheFirstOfBodyRows: body =>
    `Nur die erste von ${body} Zeilen wurde verwendet: Ein Paket hat eine Zeile. Zeilen über Dateien brauchen eine Spalte „logical_key“.`,
  rowIndexNamesNoFile: index => `Zeile ${index} nennt keine Datei.`,
  keyIsThereTwiceTheLast: key => `${key} kommt zweimal vor; die letzte Zeile zählt.`,
  andMisfitsMore: misfits => `Und ${misfits} weitere.`,
  cellHasNoNameAndWas: cell => `„${cell}“ hat keinen Namen und wurde weggelassen.`,
  writtenIsNotInTheSchema: written => `${written} ist nicht im Schema und wurde weggelassen.`,
  nameTextIsNotWantedAnd: (name, text, wanted) =>
    `${name}: „${text}“ passt nicht (erwartet: ${wanted}) und wurde unverändert übernommen.`,
  aWholeNumber: "eine ganze Zahl",
  aNumber: "eine Zahl",
  yesOrNo: "ja oder nein",
  oneOfShown: shown => `eines von ${shown}`,
  // useFilling
  nameMetadataOfFiles: (name, entries) => `${name}: Metadaten von ${counted(entries, "Datei", "Dateien")}.`,
  keyIsNotInThePackage: key => `${key} ist nicht im Paket.`,
  nameFieldsFilled: (name, fields) => `${name}: ${counted(fields, "Feld", "Felder")} ausgefüllt.`,
  // useSchema
  itIsNotInS3: "Es ist nicht in S3.",
  itIsLargerThan1MiB: "Es ist größer als 1 MiB.",
  itIsNotJSONMessage: message => `Es ist kein JSON: ${message}.`,
  // MetadataEditor
  form: "Formular",
  labelAs: label => `${label} als`,
  labelInALargerWindow: label => `${label} in einem größeren Fenster`,
  fillFromASpreadsheet: "Aus einer Tabelle füllen …",
  csvTSVXLSXOrODSOr: "CSV, TSV, XLSX oder ODS; oder legen Sie eine hier ab.",
  spreadsheetForLabel: label => `Tabelle für ${label}`,
  theSchemaNameCannotBeShown: (name, error) =>
    rich`Das Schema ${name} kann nicht als Formular gezeigt werden: ${error}`,
  loadingTheSchema: "Das Schema wird geladen …",
  aJSONObjectLeaveItEmpty: "Ein JSON-Objekt. Leer lassen für keine Metadaten.",
  labelInTheLargerWindow: label => `${label}: im größeren Fenster.`,
  done: "Fertig",
  // SchemaFields
  labelRequired: label => `${label} (Pflicht)`,
  yes: "Ja",
  no: "Nein",
  withoutAValuePreset: preset => `Ohne Wert: ${preset}.`,
  textIsNotWanted: (text, wanted) => `„${text}“ ist falsch, gebraucht wird: ${wanted}.`,
  shownNotAllowed: shown => `${shown} (nicht erlaubt)`,
  oneOnEachLine: "Einer je Zeile.",
  listIsNotValue: (list, value) => `„${list}“ ist falsch, gebraucht wird: ${value}.`,
  removeLabelIndex: (label, index) => `${label} ${index} entfernen`,
  addLabel: label => `${label} hinzufügen`,
  thisIsNotJSONYetIt: "Das ist noch kein JSON: Es zählt nicht.",
  // fields
  thisIsRequired: "Das wird gebraucht.",
};
