import type { t as english } from "@/language/en/features/workflows";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // TrialPanel
  testOnPackages: "An Paketen testen",
  stop: "Anhalten",
  onlyRefusedOnes: "Nur abgelehnte",
  theConfigurationCannotBeUsed: "Die Konfiguration ist nicht verwendbar.",
  testing: "Test läuft: ",
  thereAreMore: "; es gibt weitere",
  valueItemsOfPackagesWouldPass: (value, items, items2, value2) =>
    `${value}${items} von ${counted(items2, "Paket", "Paketen")} angenommen${value2}.`,
  theTextsHaveChangedSince: " Die Texte haben sich seitdem geändert.",
  theLatestRevisionsOfThisBuckets:
    "Die neuesten Revisionen der Pakete dieses Buckets werden beurteilt, als würden sie jetzt gepusht. Nichts wird geändert.",
  notTestedYet: "Noch nicht getestet",
  packages: "Pakete",
  passes: "wird angenommen",
  isRefused: "wird abgelehnt",
  withoutAWorkflow: "ohne Workflow",
  itsFilesWereNotCheckedThere: "Die Dateien wurden nicht geprüft: Es sind zu viele.",
  andShownMore: shown => `und ${shown} weitere`,
  // WorkflowsPage
  workflowsOfBucket: bucket => `Workflows von ${bucket}`,
  workflows: "Workflows",
  rulesForThePackagesThatAre: "Regeln für die Pakete, die in diesen Bucket gepusht werden.",
  configuration: "Konfiguration",
  preferences: "Voreinstellungen",
  edit: "Bearbeiten",
  loadingWorkflows: "Workflows werden geladen",
  pushes: "Pushes",
  workflow: "Workflow",
  required: "vorgeschrieben",
  optional: "freigestellt",
  byDefault: "Ohne Angabe",
  none: "keiner",
  schemas: "Schemas",
  promotedTo: "Weitergabe an",
  objectsAreCopied: "Objekte werden kopiert",
  objectsStayWhereTheyAre: "Objekte bleiben, wo sie sind",
  somethingInTheConfigurationDoesNot:
    "Etwas in der Konfiguration funktioniert nicht. Pushes, die es brauchen, werden abgelehnt:",
  problemsThingsInTheConfigurationDo: problems =>
    `${problems} Dinge in der Konfiguration funktionieren nicht. Pushes, die sie brauchen, werden abgelehnt:`,
  message: "Nachricht",
  name: "Name",
  metadata: "Metadaten",
  schemaMetadataSchema: metadataSchema => `Schema ${metadataSchema}`,
  entries: "Einträge",
  schemaEntriesSchema: entriesSchema => `Schema ${entriesSchema}`,
  default: "Standard",
  itHasNoRules: "Er hat keine Regeln.",
  theConfigurationCannotBeUsed2: "Die Konfiguration ist nicht verwendbar",
  untilItIsRepairedNothingCan: "Bis sie behoben ist, kann hier nichts gepusht werden.",
  noWorkflowsYet: "Noch keine Workflows",
  toChangeThatPressEditOr: "Um das zu ändern, wählen Sie „Bearbeiten“, oder laden Sie hoch:",
  peopleWhoMayWriteHereCan: "Wer hier schreiben darf, kann hochladen:",
  anyPackageMayBePushedHere: (value, config) =>
    rich`Hier darf jedes Paket gepusht werden. ${value} eine Datei ${config} wie diese, und die Schemas, die sie nennt:`,
  // WorkflowEditorPage
  editTheWorkflowsOfBucket: bucket => `Die Workflows von ${bucket} bearbeiten`,
  editTheWorkflows: "Workflows bearbeiten",
  readingTheConfiguration: "Die Konfiguration wird gelesen",
  urlIsNotInS3: url => `${url} ist nicht in S3.`,
  pushesAreCheckedWithWhatIs:
    "Pushes werden mit dem geprüft, was hier gespeichert ist. Testen Sie es zuerst an den Paketen dieses Buckets.",
  test: "Testen",
  save: "Speichern",
  somebodyElseHasSavedAnotherVersion:
    "Jemand anderes hat eine andere Version gespeichert. Kopieren Sie Ihren Text, und laden Sie diese Seite neu.",
  savedAndInEffectAlreadyStored: stored =>
    rich`Schon gespeichert und in Kraft: ${stored}. Der Rest ist nicht gespeichert: Beheben Sie, was fehlgeschlagen ist, testen Sie, und speichern Sie noch einmal.`,
  whatTheTestFoundWrongMust:
    "Was der Test beanstandet hat, muss behoben werden, bevor dies gespeichert werden kann: Es würde Pushes ablehnen.",
  testWhatIsWrittenNowThen: "Testen Sie, was jetzt geschrieben ist. Dann kann es gespeichert werden.",
  text: "Text",
  newSchema: "Neues Schema …",
  schemaUrl: url => `Schema ${url}`,
  urlIsAFixedVersionAnd: url =>
    `${url} ist eine feste Version und wird nicht bearbeitet. Nennen Sie das Schema ohne Version, um es zu ändern.`,
  thereIsNoUrlYet: url => `${url} gibt es noch nicht.`,
  writeIt: "Schreiben",
  readingTheSchema: "Das Schema wird gelesen",
  thereIsASchemaOfThis: "Ein Schema dieses Namens gibt es schon.",
  writeLettersDigitsAnd: "Schreiben Sie Buchstaben, Ziffern, - und _.",
  newSchema2: "Neues Schema",
  aJSONSchemaOfDraft7:
    "Ein JSON-Schema nach Draft 7. Workflows nennen es als ihr metadata_schema oder entries_schema.",
};
