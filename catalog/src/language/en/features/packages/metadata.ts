import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/metadata", {
  // OtherFields
  removeEach: (each: string) => `Remove ${each}`,
  anotherField: "Another field",
  newField: "New field",
  itsName: "Its name",
  thereIsAFieldOfThis: "There is a field of this name.",
  add: "Add",
  // filling
  theSpreadsheetIsEmpty: "The spreadsheet is empty.",
  theRowsAreAboutFilesFiles: "The rows are about files. Files get their metadata when a package is revised.",
  theSpreadsheetHasNamesButNo: "The spreadsheet has names, but no values.",
  onlyTheFirstOfBodyRows: (body: number) =>
    `Only the first of ${body} rows was used: a package has one row. Rows about files need a column “logical_key”.`,
  rowIndexNamesNoFile: (index: number) => `Row ${index} names no file.`,
  keyIsThereTwiceTheLast: (key: string) => `${key} is there twice; the last row counts.`,
  andMisfitsMore: (misfits: number) => `And ${misfits} more.`,
  cellHasNoNameAndWas: (cell: string) => `“${cell}” has no name, and was left out.`,
  writtenIsNotInTheSchema: (written: string) => `${written} is not in the schema, and was left out.`,
  nameTextIsNotWantedAnd: (name: string, text: string, wanted: string) =>
    `${name}: “${text}” is not ${wanted}, and was taken as it is.`,
  aWholeNumber: "a whole number",
  aNumber: "a number",
  yesOrNo: "yes or no",
  oneOfShown: (shown: string) => `one of ${shown}`,
  // useFilling
  nameMetadataOfFiles: (name: string, entries: number) => `${name}: metadata of ${counted(entries, "file")}.`,
  keyIsNotInThePackage: (key: string) => `${key} is not in the package.`,
  nameFieldsFilled: (name: string, fields: number) => `${name}: ${counted(fields, "field")} filled.`,
  // useSchema
  itIsNotInS3: "It is not in S3.",
  itIsLargerThan1MiB: "It is larger than 1 MiB.",
  itIsNotJSONMessage: (message: string) => `It is not JSON: ${message}.`,
  // MetadataEditor
  form: "Form",
  labelAs: (label: string) => `${label} as`,
  labelInALargerWindow: (label: string) => `${label} in a larger window`,
  fillFromASpreadsheet: "Fill from a spreadsheet…",
  csvTSVXLSXOrODSOr: "CSV, TSV, XLSX or ODS; or drop one here.",
  spreadsheetForLabel: (label: string) => `Spreadsheet for ${label}`,
  theSchemaNameCannotBeShown: (name: ReactNode, error: string) =>
    rich`The schema ${name} cannot be shown as a form: ${error}`,
  loadingTheSchema: "Loading the schema…",
  aJSONObjectLeaveItEmpty: "A JSON object. Leave it empty for no metadata.",
  labelInTheLargerWindow: (label: string) => `${label}: in the larger window.`,
  done: "Done",
  // SchemaFields
  labelRequired: (label: string) => `${label} (required)`,
  yes: "Yes",
  no: "No",
  withoutAValuePreset: (preset: string) => `Without a value: ${preset}.`,
  textIsNotWanted: (text: string, wanted: string) => `“${text}” is not ${wanted}.`,
  shownNotAllowed: (shown: string) => `${shown} (not allowed)`,
  oneOnEachLine: "One on each line.",
  listIsNotValue: (list: string, value: string) => `“${list}” is not ${value}.`,
  removeLabelIndex: (label: string, index: number) => `Remove ${label} ${index}`,
  addLabel: (label: string) => `Add ${label}`,
  thisIsNotJSONYetIt: "This is not JSON yet: it does not count.",
  // fields
  thisIsRequired: "This is required.",
});
