import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/workflows", {
  // TrialPanel
  testPackages: "Test on packages",
  stop: "Stop",
  onlyRefusedOnes: "Only refused ones",
  configurationCannotUsed: "The configuration cannot be used.",
  testing: "Testing: ",
  more: "; there are more",
  packageWouldPass: (value: string, items: string, items2: number, value2: string) =>
    `${value}${items} of ${counted(items2, "package")} would pass${value2}.`,
  textsChangedSince: " The texts have changed since.",
  latestRevisionsBuckets:
    "The latest revisions of this bucket’s packages are judged as if they were pushed now. Nothing is changed.",
  notTestedYet: "Not tested yet",
  packages: "Packages",
  passes: "passes",
  refused: "is refused",
  withoutWorkflow: "without a workflow",
  filesNotChecked: "Its files were not checked: there are too many.",
  moreShown: (shown: string) => `and ${shown} more`,
  // WorkflowEditorPage
  workflows: "Workflows",
  configuration: "Configuration",
  edit: "Edit",
  name: "Name",
  editWorkflows: (bucket: string) => `Edit the workflows of ${bucket}`,
  editWorkflows2: "Edit the workflows",
  readingConfiguration: "Reading the configuration",
  notS3: (url: string) => `${url} is not in S3.`,
  pushesCheckedSaved: "Pushes are checked with what is saved here. Test it on this bucket’s packages first.",
  test: "Test",
  save: "Save",
  somebodyElseSaved:
    "Somebody else has saved another version. Copy what you wrote, and load this page again.",
  savedEffectAlready: (stored: ReactNode) =>
    rich`Saved and in effect already: ${stored}. The rest is not saved: repair what failed, test it, and save again.`,
  testFoundWrong:
    "What the test found wrong must be repaired before this can be saved: it would refuse pushes.",
  savedWithoutRest: "Saved. What you typed since then is not saved yet.",
  testWrittenNow: "Test what is written now. Then it can be saved.",
  text: "Text",
  newSchema: "New schema…",
  schemaUrl: (url: string) => `Schema ${url}`,
  fixedVersionNot: (url: string) =>
    `${url} is a fixed version, and is not edited. Name the schema without a version to change it.`,
  noYet: (url: string) => `There is no ${url} yet.`,
  write: "Write it",
  readingSchema: "Reading the schema",
  schemaName: "There is a schema of this name.",
  writeLettersDigits: "Write letters, digits, - and _.",
  newSchema2: "New schema",
  jsonSchemaDraft: "A JSON Schema of draft 7. Workflows name it as their metadata_schema or entries_schema.",
  // WorkflowsPage
  workflowsBucket: (bucket: string) => `Workflows of ${bucket}`,
  rulesPackagesPushed: "Rules for the packages that are pushed to this bucket.",
  preferences: "Preferences",
  loadingWorkflows: "Loading workflows",
  pushes: "Pushes",
  workflow: "Workflow",
  required: "required",
  optional: "optional",
  default: "By default",
  none: "none",
  schemas: "Schemas",
  promoted: "Promoted to",
  objectsCopied: "objects are copied",
  objectsStayWhere: "objects stay where they are",
  somethingConfigurationDoes:
    "Something in the configuration does not work. Pushes that need it are refused:",
  thingsConfigurationDo: (problems: number) =>
    `${problems} things in the configuration do not work. Pushes that need them are refused:`,
  message: "Message",
  metadata: "Metadata",
  schemaMetadataSchema: (metadataSchema: string) => `schema ${metadataSchema}`,
  entries: "Entries",
  schemaEntriesSchema: (entriesSchema: string) => `schema ${entriesSchema}`,
  default2: "default",
  noRules: "It has no rules.",
  configurationCannotUsed2: "The configuration cannot be used",
  untilRepairedNothing: "Until it is repaired, nothing can be pushed here.",
  noWorkflowsYet: "No workflows yet",
  changePressEdit: "To change that, press “Edit”, or upload",
  peopleMayWrite: "People who may write here can upload",
  anyPackageMay: (value: string, config: ReactNode) =>
    rich`Any package may be pushed here. ${value} a file ${config} such as this one, and the schemas that it names:`,
});
