import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/push", {
  // ObjectPicker
  addBucket: "Add from a bucket",
  packageNothingCopied: (under: ReactNode) =>
    rich`To ${under} of the package. Nothing is copied: the package refers to the objects as they are now.`,
  bucket: "Bucket",
  addItem: (chosen: number) => `Add ${counted(chosen, "item")}`,
  add: "Add",
  loadingFiles: "Loading files",
  nothing: "Nothing here",
  filesFolders: "Files and folders",
  allKey: (key: string) => `All of ${key}/`,
  // PushFields
  workflow: "Workflow",
  message: "Message",
  messageRequired: "Message (required)",
  newWhy: "What is new, and why",
  defaultConfig: (config: string) => `Default: ${config}`,
  none: "None",
  chooseOne: "Choose one…",
  packageMetadata: "Package metadata",
  checkingWorkflow: "Checking with the workflow…",
  workflowAcceptsPush: (workflow: string) => `The workflow “${workflow}” accepts this push.`,
  noWorkflowApplies: "No workflow applies to this push.",
  workflowWouldRefuse: (workflow: string) => `The workflow “${workflow}” would refuse this push:`,
  pushWouldRefused: "This push would be refused:",
  more: "… and more.",
  // PushForm
  writeAuthorName: "Write AUTHOR/NAME, with letters, digits, - and _.",
  cancel: "Cancel",
});
