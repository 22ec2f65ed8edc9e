import { counted, section } from "@/language/language";

export const t = section("features/files/selection", {
  // ArchiveDialog
  stop: "Stop",
  close: "Close",
  downloadArchive: "Download as an archive",
  browserWritesArchive: "The browser writes the archive while it reads the files. Keep this page open.",
  archived: "archived",
  downloadAgain: "Download again",
  downloadZip: "Download ZIP",
  // ChooseCell
  choose: "Choose",
  chooseRow: (row: string) => `Choose ${row}`,
  // ChosenMenu
  chooseNone: "Choose none",
  listingFilesStop: "Listing the files… Stop",
  actionsChosenItems: "Actions for chosen items",
  makePackage: "Make a package of them",
  bookmark: "Bookmark them",
  // SelectionActions
  downloadItem: (keys: number) => `Download ${counted(keys, "item")}`,
  copy: "Copy…",
  move: "Move…",
  delete: "Delete…",
  // TransferDialog
  filesPatchworkQuilt: "Files of Patchwork and Quilt are in .quilt/: nothing else may go there.",
  roleMayNot: "Your role may not write to any bucket.",
  nowhereWrite: "Nowhere to write",
  cancel: "Cancel",
  already: "They are there already.",
  move2: "Move",
  copy2: "Copy",
  moveItems: (count: number) => `Move ${counted(count, "item")}`,
  copyItems: (count: number) => `Copy ${counted(count, "item")}`,
  filesStayWithin:
    "The files stay within S3: nothing is downloaded. Files of the same names get a new version.",
  bucket: "Bucket",
  folder: "Folder",
  leaveEmptyTop: "Leave it empty for the top of the bucket.",
  moved: "moved",
  copied: "copied",
  // WorkProgress
  fileDoneTotal: (done: string, total: number, done2: string) =>
    `${done} of ${counted(total, "file")} ${done2}`,
  listingFiles: "Listing the files…",
  filesDone: (done: number) => counted(done, "file"),
  thenStopped: ", then stopped",
  progress: "Progress",
  fileCouldNot: (failed: number, done: string) => `${counted(failed, "file")} could not be ${done}.`,
  filesCouldNot: (done: string) => `Files that could not be ${done}`,
  // archive
  browserCanMake:
    "This browser can make archives of at most 1 GiB. Choose fewer files, or make a package of them.",
  cannotReadHttp: (path: string, status: number) => `${path} cannot be read (HTTP ${status}).`,
  cannotRead: (path: string, error: string) => `${path} cannot be read: ${error}`,
  // packageItems
  moreThanFiles: (maxPackageFiles: string, name: string) =>
    `There are more than ${maxPackageFiles} files in ${name}.`,
  notS3: (path: string) => `${path} is not in S3.`,
  // transfer
  already2: "It is there already.",
  moreThanFilesChoose: (maxListedObjects: string) =>
    `These are more than ${maxListedObjects} files. Choose fewer.`,
});
