import type { t as english } from "@/language/en/features/packages/metadata";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // MetadataEditor
  form: "Formular",
  asLabel: label => `${label} als`,
  largerWindow: label => `${label} in einem größeren Fenster`,
  fillSpreadsheet: "Aus einer Tabelle füllen …",
  csvTsvXlsx: "CSV, TSV, XLSX oder ODS; oder legen Sie eine hier ab.",
  spreadsheetLabel: label => `Tabelle für ${label}`,
  schemaCannotShown: (name, error) =>
    rich`Das Schema ${name} kann nicht als Formular gezeigt werden: ${error}`,
  loadingSchema: "Das Schema wird geladen …",
  jsonObjectLeave: "Ein JSON-Objekt. Leer lassen für keine Metadaten.",
  largerWindow2: label => `${label}: im größeren Fenster.`,
  done: "Fertig",
  // OtherFields
  removeEach: each => `${each} entfernen`,
  anotherField: "Weiteres Feld",
  newField: "Neues Feld",
  name: "Sein Name",
  fieldName: "Ein Feld dieses Namens gibt es schon.",
  add: "Hinzufügen",
  // SchemaFields
  wholeNumber: "eine ganze Zahl",
  number: "eine Zahl",
  yesNo: "ja oder nein",
  requiredLabel: label => `${label} (Pflicht)`,
  yes: "Ja",
  no: "Nein",
  withoutValue: preset => `Ohne Wert: ${preset}.`,
  notTextWanted: (text, wanted) => `„${text}“ ist falsch, gebraucht wird: ${wanted}.`,
  notAllowed: shown => `${shown} (nicht erlaubt)`,
  oneEachLine: "Einer je Zeile.",
  notListValue: (list, value) => `„${list}“ ist falsch, gebraucht wird: ${value}.`,
  removeLabelIndex: (label, index) => `${label} ${index} entfernen`,
  addLabel: label => `${label} hinzufügen`,
  notJsonYet: "Das ist noch kein JSON: Es zählt nicht.",
  // fields
  required: "Das wird gebraucht.",
  // filling
  spreadsheetEmpty: "Die Tabelle ist leer.",
  rowsAboutFiles:
    "Die Zeilen handeln von Dateien. Dateien erhalten ihre Metadaten, wenn ein Paket überarbeitet wird.",
  spreadsheetNamesBut: "Die Tabelle hat Namen, aber keine Werte.",
  onlyFirstRows: body =>
    `Nur die erste von ${body} Zeilen wurde verwendet: Ein Paket hat eine Zeile. Zeilen über Dateien brauchen eine Spalte „logical_key“.`,
  rowNamesNo: index => `Zeile ${index} nennt keine Datei.`,
  twiceLastRow: key => `${key} kommt zweimal vor; die letzte Zeile zählt.`,
  moreMisfits: misfits => `Und ${misfits} weitere.`,
  noNameLeft: cell => `„${cell}“ hat keinen Namen und wurde weggelassen.`,
  notSchemaLeft: written => `${written} ist nicht im Schema und wurde weggelassen.`,
  notTaken: (name, text, wanted) =>
    `${name}: „${text}“ passt nicht (erwartet: ${wanted}) und wurde unverändert übernommen.`,
  oneShown: shown => `eines von ${shown}`,
  // useFilling
  metadataFile: (name, entries) => `${name}: Metadaten von ${counted(entries, "Datei", "Dateien")}.`,
  notPackage: key => `${key} ist nicht im Paket.`,
  fieldFilled: (name, fields) => `${name}: ${counted(fields, "Feld", "Felder")} ausgefüllt.`,
  // useSchema
  notS3: "Es ist nicht in S3.",
  largerThan1: "Es ist größer als 1 MiB.",
  notJson: message => `Es ist kein JSON: ${message}.`,
};
