import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/workflows", {
  // TrialPanel
  testOnPackages: "Test on packages",
  stop: "Stop",
  onlyRefusedOnes: "Only refused ones",
  theConfigurationCannotBeUsed: "The configuration cannot be used.",
  testing: "Testing: ",
  thereAreMore: "; there are more",
  valueItemsOfPackagesWouldPass: (value: string, items: string, items2: number, value2: string) =>
    `${value}${items} of ${counted(items2, "package")} would pass${value2}.`,
  theTextsHaveChangedSince: " The texts have changed since.",
  theLatestRevisionsOfThisBuckets:
    "The latest revisions of this bucket’s packages are judged as if they were pushed now. Nothing is changed.",
  notTestedYet: "Not tested yet",
  packages: "Packages",
  passes: "passes",
  isRefused: "is refused",
  withoutAWorkflow: "without a workflow",
  itsFilesWereNotCheckedThere: "Its files were not checked: there are too many.",
  andShownMore: (shown: string) => `and ${shown} more`,
  // WorkflowsPage
  workflowsOfBucket: (bucket: string) => `Workflows of ${bucket}`,
  workflows: "Workflows",
  rulesForThePackagesThatAre: "Rules for the packages that are pushed to this bucket.",
  configuration: "Configuration",
  preferences: "Preferences",
  edit: "Edit",
  loadingWorkflows: "Loading workflows",
  pushes: "Pushes",
  workflow: "Workflow",
  required: "required",
  optional: "optional",
  byDefault: "By default",
  none: "none",
  schemas: "Schemas",
  promotedTo: "Promoted to",
  objectsAreCopied: "objects are copied",
  objectsStayWhereTheyAre: "objects stay where they are",
  somethingInTheConfigurationDoesNot:
    "Something in the configuration does not work. Pushes that need it are refused:",
  problemsThingsInTheConfigurationDo: (problems: number) =>
    `${problems} things in the configuration do not work. Pushes that need them are refused:`,
  message: "Message",
  name: "Name",
  metadata: "Metadata",
  schemaMetadataSchema: (metadataSchema: string) => `schema ${metadataSchema}`,
  entries: "Entries",
  schemaEntriesSchema: (entriesSchema: string) => `schema ${entriesSchema}`,
  default: "default",
  itHasNoRules: "It has no rules.",
  theConfigurationCannotBeUsed2: "The configuration cannot be used",
  untilItIsRepairedNothingCan: "Until it is repaired, nothing can be pushed here.",
  noWorkflowsYet: "No workflows yet",
  toChangeThatPressEditOr: "To change that, press “Edit”, or upload",
  peopleWhoMayWriteHereCan: "People who may write here can upload",
  anyPackageMayBePushedHere: (value: string, config: ReactNode) =>
    rich`Any package may be pushed here. ${value} a file ${config} such as this one, and the schemas that it names:`,
  // WorkflowEditorPage
  editTheWorkflowsOfBucket: (bucket: string) => `Edit the workflows of ${bucket}`,
  editTheWorkflows: "Edit the workflows",
  readingTheConfiguration: "Reading the configuration",
  urlIsNotInS3: (url: string) => `${url} is not in S3.`,
  pushesAreCheckedWithWhatIs:
    "Pushes are checked with what is saved here. Test it on this bucket’s packages first.",
  test: "Test",
  save: "Save",
  somebodyElseHasSavedAnotherVersion:
    "Somebody else has saved another version. Copy what you wrote, and load this page again.",
  savedAndInEffectAlreadyStored: (stored: ReactNode) =>
    rich`Saved and in effect already: ${stored}. The rest is not saved: repair what failed, test it, and save again.`,
  whatTheTestFoundWrongMust:
    "What the test found wrong must be repaired before this can be saved: it would refuse pushes.",
  testWhatIsWrittenNowThen: "Test what is written now. Then it can be saved.",
  text: "Text",
  newSchema: "New schema…",
  schemaUrl: (url: string) => `Schema ${url}`,
  urlIsAFixedVersionAnd: (url: string) =>
    `${url} is a fixed version, and is not edited. Name the schema without a version to change it.`,
  thereIsNoUrlYet: (url: string) => `There is no ${url} yet.`,
  writeIt: "Write it",
  readingTheSchema: "Reading the schema",
  thereIsASchemaOfThis: "There is a schema of this name.",
  writeLettersDigitsAnd: "Write letters, digits, - and _.",
  newSchema2: "New schema",
  aJSONSchemaOfDraft7:
    "A JSON Schema of draft 7. Workflows name it as their metadata_schema or entries_schema.",
});
