import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/create", {
  // ChosenFiles
  keyPackage: "Key in the package",
  size: "Size",
  takeOut: "Take out",
  takeOut2: (key: string) => `Take out ${key}`,
  filesLogicalKeys: (logicalKeys: number) => counted(logicalKeys, "file"),
  files: "Files",
  addFilesFolders: (max: string) =>
    `Add files and folders from a bucket, or upload them. A package takes at most ${max} at once.`,
  nothingYet: "Nothing in it yet",
  filesNewPackage: "Files of the new package",
  // CreatePackagePage
  newPackage: "New package",
  packages: "Packages",
  s3MadeFiles: (bucket: string) => `In s3://${bucket}, made of files that are in S3 or uploaded now.`,
  filledBeforeKept: "What you filled in before is kept here.",
  beginAgain: "Begin again",
  push: "Push",
  uploadingFirst: "Uploading first…",
  createPackage: "Create the package",
  name: "Name",
  revisePackage: "revise that package",
  packageExistsAlready: (name: string, reviseThat: ReactNode) =>
    rich`A package ${name} exists already. Choose another name, or ${reviseThat}.`,
  bucket: "the bucket",
  addAll: (prefix: string) => `Add all of ${prefix}`,
  addBucket: "Add from a bucket…",
  uploadFilesName: "To upload files, name the package first: they are stored in the folder of that name.",
  fileCanUploaded: (waiting: number) => `${counted(waiting, "file")} can be uploaded now.`,
  fileWillUploaded: (waiting: number) =>
    `${counted(waiting, "file")} will be uploaded into the package's folder: name the package first.`,
  uploadFile: (waiting: number) => `Upload ${counted(waiting, "file")}`,
  dropAdd: (name: string) => `Drop to add to ${name}`,
  dropAddNew: "Drop to add to the new package",
  createPackageWithout: "Create a package without files?",
  willMetadataMessage: (name: string) =>
    `${name} will have metadata and a message only. Files can be added later, as a new revision.`,
  createEmpty: "Create it empty",
});
