import { section } from "@/language/language";

export const t = section("services/files", {
  // downloads
  registry: "The registry",
  fileStore: "The file store",
  // saving
  connectionCut: "The connection was cut.",
  fileStoreCannot: "The file store cannot be reached.",
  fileChangedSince: "The file has changed since the package was pushed.",
  fileMachineCannot: "A file on this machine cannot have this name.",
  folderNameAlready: "A folder of this name is there already.",
  diskFull: "The disk is full.",
  browserMayNot: "The browser may not write to this folder.",
});
