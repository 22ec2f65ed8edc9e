import type { t as english } from "@/language/en/features/packages/push";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ObjectPicker
  addBucket: "Aus einem Bucket hinzufügen",
  packageNothingCopied: under =>
    rich`Nach ${under} des Pakets. Nichts wird kopiert: Das Paket verweist auf die Objekte, wie sie jetzt sind.`,
  bucket: "Bucket",
  addItem: chosen => `${counted(chosen, "Eintrag", "Einträge")} hinzufügen`,
  add: "Hinzufügen",
  loadingFiles: "Dateien werden geladen",
  nothing: "Hier ist nichts",
  filesFolders: "Dateien und Ordner",
  allKey: key => `Alles aus ${key}/`,
  // PushFields
  workflow: "Workflow",
  message: "Nachricht",
  messageRequired: "Nachricht (Pflicht)",
  newWhy: "Was ist neu, und warum",
  defaultConfig: config => `Standard: ${config}`,
  none: "Keiner",
  chooseOne: "Bitte wählen …",
  packageMetadata: "Metadaten des Pakets",
  checkingWorkflow: "Der Workflow prüft …",
  workflowAcceptsPush: workflow => `Der Workflow „${workflow}“ nimmt diesen Push an.`,
  noWorkflowApplies: "Für diesen Push gilt kein Workflow.",
  workflowWouldRefuse: workflow => `Der Workflow „${workflow}“ würde diesen Push ablehnen:`,
  pushWouldRefused: "Dieser Push würde abgelehnt:",
  more: "… und weitere.",
  // PushForm
  writeAuthorName: "Schreiben Sie AUTHOR/NAME, mit Buchstaben, Ziffern, - und _.",
  cancel: "Abbrechen",
};
