import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/create", {
  // ChosenFiles
  keyInThePackage: "Key in the package",
  size: "Size",
  takeOut: "Take out",
  takeOutKey: (key: string) => `Take out ${key}`,
  files: (logicalKeys: number) => counted(logicalKeys, "file"),
  files2: "Files",
  addFilesAndFoldersFromA: (max: string) =>
    `Add files and folders from a bucket, or upload them. A package takes at most ${max} at once.`,
  nothingInItYet: "Nothing in it yet",
  filesOfTheNewPackage: "Files of the new package",
  // CreatePackagePage
  newPackage: "New package",
  packages: "Packages",
  inS3BucketMadeOfFiles: (bucket: string) =>
    `In s3://${bucket}, made of files that are in S3 or uploaded now.`,
  whatYouFilledInBeforeIs: "What you filled in before is kept here.",
  beginAgain: "Begin again",
  push: "Push",
  uploadingFirst: "Uploading first…",
  createThePackage: "Create the package",
  name: "Name",
  reviseThatPackage: "revise that package",
  aPackageNameExistsAlreadyChoose: (name: string, reviseThat: ReactNode) =>
    rich`A package ${name} exists already. Choose another name, or ${reviseThat}.`,
  theBucket: "the bucket",
  addAllOfPrefix: (prefix: string) => `Add all of ${prefix}`,
  addFromABucket: "Add from a bucket…",
  toUploadFilesNameThePackage:
    "To upload files, name the package first: they are stored in the folder of that name.",
  filesCanBeUploadedNow: (waiting: number) => `${counted(waiting, "file")} can be uploaded now.`,
  filesWillBeUploadedIntoThe: (waiting: number) =>
    `${counted(waiting, "file")} will be uploaded into the package's folder: name the package first.`,
  uploadFiles: (waiting: number) => `Upload ${counted(waiting, "file")}`,
  dropToAddToName: (name: string) => `Drop to add to ${name}`,
  dropToAddToTheNew: "Drop to add to the new package",
  createAPackageWithoutFiles: "Create a package without files?",
  nameWillHaveMetadataAndA: (name: string) =>
    `${name} will have metadata and a message only. Files can be added later, as a new revision.`,
  createItEmpty: "Create it empty",
});
