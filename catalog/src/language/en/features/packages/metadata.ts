import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/metadata", {
  // MetadataEditor
  form: "Form",
  asLabel: (label: string) => `${label} as`,
  largerWindow: (label: string) => `${label} in a larger window`,
  fillSpreadsheet: "Fill from a spreadsheet…",
  csvTsvXlsx: "CSV, TSV, XLSX or ODS; or drop one here.",
  spreadsheetLabel: (label: string) => `Spreadsheet for ${label.toLowerCase()}`,
  schemaCannotShown: (name: ReactNode, error: string) =>
    rich`The schema ${name} cannot be shown as a form: ${error}`,
  loadingSchema: "Loading the schema…",
  jsonObjectLeave: "A JSON object. Leave it empty for no metadata.",
  largerWindow2: (label: string) => `${label}: in the larger window.`,
  done: "Done",
  // OtherFields
  removeEach: (each: string) => `Remove ${each}`,
  anotherField: "Another field",
  newField: "New field",
  name: "Its name",
  fieldName: "There is a field of this name.",
  add: "Add",
  // SchemaFields
  wholeNumber: "a whole number",
  number: "a number",
  yesNo: "yes or no",
  requiredLabel: (label: string) => `${label} (required)`,
  yes: "Yes",
  no: "No",
  withoutValue: (preset: string) => `Without a value: ${preset}.`,
  notTextWanted: (text: string, wanted: string) => `“${text}” is not ${wanted}.`,
  notAllowed: (shown: string) => `${shown} (not allowed)`,
  oneEachLine: "One on each line.",
  notListValue: (list: string, value: string) => `“${list}” is not ${value}.`,
  removeLabelIndex: (label: string, index: number) => `Remove ${label} ${index}`,
  addLabel: (label: string) => `Add ${label}`,
  notJsonYet: "This is not JSON yet: it does not count.",
  // fields
  required: "This is required.",
  // filling
  spreadsheetEmpty: "The spreadsheet is empty.",
  rowsAboutFiles: "The rows are about files. Files get their metadata when a package is revised.",
  spreadsheetNamesBut: "The spreadsheet has names, but no values.",
  onlyFirstRows: (body: number) =>
    `Only the first of ${body} rows was used: a package has one row. Rows about files need a column “logical_key”.`,
  rowNamesNo: (index: number) => `Row ${index} names no file.`,
  twiceLastRow: (key: string) => `${key} is there twice; the last row counts.`,
  moreMisfits: (misfits: number) => `And ${misfits} more.`,
  noNameLeft: (cell: string) => `“${cell}” has no name, and was left out.`,
  notSchemaLeft: (written: string) => `${written} is not in the schema, and was left out.`,
  notTaken: (name: string, text: string, wanted: string) =>
    `${name}: “${text}” is not ${wanted}, and was taken as it is.`,
  oneShown: (shown: string) => `one of ${shown}`,
  // useFilling
  metadataFile: (name: string, entries: number) => `${name}: metadata of ${counted(entries, "file")}.`,
  notPackage: (key: string) => `${key} is not in the package.`,
  fieldFilled: (name: string, fields: number) => `${name}: ${counted(fields, "field")} filled.`,
  // useSchema
  notS3: "It is not in S3.",
  largerThan1: "It is larger than 1 MiB.",
  notJson: (message: string) => `It is not JSON: ${message}.`,
});
