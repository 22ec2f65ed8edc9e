import type { t as english } from "@/language/en/features/workflows";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // TrialPanel
  testPackages: "An Paketen testen",
  stop: "Anhalten",
  onlyRefusedOnes: "Nur abgelehnte",
  configurationCannotUsed: "Die Konfiguration ist nicht verwendbar.",
  testing: "Test läuft: ",
  more: "; es gibt weitere",
  packageWouldPass: (value, items, items2, value2) =>
    `${value}${items} von ${counted(items2, "Paket", "Paketen")} angenommen${value2}.`,
  textsChangedSince: " Die Texte haben sich seitdem geändert.",
  latestRevisionsBuckets:
    "Die neuesten Revisionen der Pakete dieses Buckets werden beurteilt, als würden sie jetzt gepusht. Nichts wird geändert.",
  notTestedYet: "Noch nicht getestet",
  packages: "Pakete",
  passes: "wird angenommen",
  refused: "wird abgelehnt",
  withoutWorkflow: "ohne Workflow",
  filesNotChecked: "Die Dateien wurden nicht geprüft: Es sind zu viele.",
  moreShown: shown => `und ${shown} weitere`,
  // WorkflowEditorPage
  workflows: "Workflows",
  configuration: "Konfiguration",
  edit: "Bearbeiten",
  name: "Name",
  editWorkflows: bucket => `Die Workflows von ${bucket} bearbeiten`,
  editWorkflows2: "Workflows bearbeiten",
  readingConfiguration: "Die Konfiguration wird gelesen",
  notS3: url => `${url} ist nicht in S3.`,
  pushesCheckedSaved:
    "Pushes werden mit dem geprüft, was hier gespeichert ist. Testen Sie es zuerst an den Paketen dieses Buckets.",
  test: "Testen",
  save: "Speichern",
  somebodyElseSaved:
    "Jemand anderes hat eine andere Version gespeichert. Kopieren Sie Ihren Text, und laden Sie diese Seite neu.",
  savedEffectAlready: stored =>
    rich`Schon gespeichert und in Kraft: ${stored}. Der Rest ist nicht gespeichert: Beheben Sie, was fehlgeschlagen ist, testen Sie, und speichern Sie noch einmal.`,
  testFoundWrong:
    "Was der Test beanstandet hat, muss behoben werden, bevor dies gespeichert werden kann: Es würde Pushes ablehnen.",
  savedWithoutRest: "Gespeichert. Was Sie seitdem geschrieben haben, ist noch nicht gespeichert.",
  testWrittenNow: "Testen Sie, was jetzt geschrieben ist. Dann kann es gespeichert werden.",
  text: "Text",
  newSchema: "Neues Schema …",
  schemaUrl: url => `Schema ${url}`,
  fixedVersionNot: url =>
    `${url} ist eine feste Version und wird nicht bearbeitet. Nennen Sie das Schema ohne Version, um es zu ändern.`,
  noYet: url => `${url} gibt es noch nicht.`,
  write: "Schreiben",
  readingSchema: "Das Schema wird gelesen",
  schemaName: "Ein Schema dieses Namens gibt es schon.",
  writeLettersDigits: "Schreiben Sie Buchstaben, Ziffern, - und _.",
  newSchema2: "Neues Schema",
  jsonSchemaDraft:
    "Ein JSON-Schema nach Draft 7. Workflows nennen es als ihr metadata_schema oder entries_schema.",
  // WorkflowsPage
  workflowsBucket: bucket => `Workflows von ${bucket}`,
  rulesPackagesPushed: "Regeln für die Pakete, die in diesen Bucket gepusht werden.",
  preferences: "Voreinstellungen",
  loadingWorkflows: "Workflows werden geladen",
  pushes: "Pushes",
  workflow: "Workflow",
  required: "vorgeschrieben",
  optional: "freigestellt",
  default: "Ohne Angabe",
  none: "keiner",
  schemas: "Schemas",
  promoted: "Weitergabe an",
  objectsCopied: "Objekte werden kopiert",
  objectsStayWhere: "Objekte bleiben, wo sie sind",
  somethingConfigurationDoes:
    "Etwas in der Konfiguration funktioniert nicht. Pushes, die es brauchen, werden abgelehnt:",
  thingsConfigurationDo: problems =>
    `${problems} Dinge in der Konfiguration funktionieren nicht. Pushes, die sie brauchen, werden abgelehnt:`,
  message: "Nachricht",
  metadata: "Metadaten",
  schemaMetadataSchema: metadataSchema => `Schema ${metadataSchema}`,
  entries: "Einträge",
  schemaEntriesSchema: entriesSchema => `Schema ${entriesSchema}`,
  default2: "Standard",
  noRules: "Er hat keine Regeln.",
  configurationCannotUsed2: "Die Konfiguration ist nicht verwendbar",
  untilRepairedNothing: "Bis sie behoben ist, kann hier nichts gepusht werden.",
  noWorkflowsYet: "Noch keine Workflows",
  changePressEdit: "Um das zu ändern, wählen Sie „Bearbeiten“, oder laden Sie hoch:",
  peopleMayWrite: "Wer hier schreiben darf, kann hochladen:",
  anyPackageMay: (value, config) =>
    rich`Hier darf jedes Paket gepusht werden. ${value} eine Datei ${config} wie diese, und die Schemas, die sie nennt:`,
};
