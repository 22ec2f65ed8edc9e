import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/files", {
  // BookmarkButton
  bookmark: "Bookmark",
  // DeleteObjectsDialog
  delete: "Delete",
  tryAgain: "Try again",
  stop: "Stop",
  deleteOneValue: (one: string, value: string) => `Delete ${one}${value}?`,
  deleteItems: (objectKeys: number) => `Delete ${counted(objectKeys, "item")}?`,
  foldersAreDeletedWithEverythingIn: "Folders are deleted with everything in them. ",
  foldersEarlierVersionsStayInS3: (folders: ReactNode) =>
    rich`${folders}Earlier versions stay in S3 where the bucket has versioning: packages that refer to them still work.`,
  packagesAndSettingsOfThisBucket: (internal: string) =>
    `Packages and settings of this bucket are in ${internal}. What is deleted there is lost to everybody who uses them.`,
  typeInternalToDeleteItAll: (internal: string) => `Type ${internal} to delete it all the same`,
  deleted: "deleted",
  // DownloadButton
  download: "Download",
  // FileVersions
  versions: "Versions",
  loadingVersions: "Loading versions",
  andAllOlderOnes: (all: number) => `and ${all} older ones`,
  newest: " · newest",
  shown: " · shown",
  // FilesPage
  files: "Files",
  keyInBucket: (key: string, bucket: string) => `${key} in ${bucket}`,
  // Folder
  name: "Name",
  size: "Size",
  modified: "Modified",
  filesInPrefix: (prefix: string) => `Files in ${prefix}`,
  newPackage: "New package",
  makeSomethingNew: "Make something new",
  newFile: "New file…",
  newFolder: "New folder…",
  dropToUploadToS3Bucket: (bucket: string, prefix: string) => `Drop to upload to s3://${bucket}/${prefix}`,
  filesCannotBeUploadedToBucket: (bucket: string) =>
    `Files cannot be uploaded to ${bucket} here: your role may only read it, or its preferences say so`,
  thePreferencesOfThisBucketSay: "The preferences of this bucket say so.",
  filesAreNotListedHere: "Files are not listed here",
  pictures: "Pictures",
  chosenChosen: (chosen: number) => `${chosen} chosen`,
  showQuilt: "Show .quilt/",
  loadingFiles: "Loading files",
  thisFolderIsEmpty: "This folder is empty",
  noFilesYet: "No files yet",
  thisBucketIsEmpty: "This bucket is empty",
  dropFilesAnywhereOnThisPage: "Drop files anywhere on this page, or choose them with “Upload”.",
  // InPackages
  in: "in",
  ofBucket: (bucket: string) => ` of ${bucket}`,
  sql: "SQL",
  queryItWithSQLInName: (name: string) => `Query it with SQL in ${name}`,
  and: " and ",
  othersPackage: (total: number) => counted(total, "other package"),
  // MissingFile
  thereIsNoSuchFile: "There is no such file",
  thereIsNoSuchVersion: "There is no such version",
  openFolder: (folder: string) => `Open ${folder}`,
  allFiles: "All files",
  bucketHasNoKey: (bucket: string, key: ReactNode) => rich`${bucket} has no ${key}`,
  ofVersionVersion: (version: ReactNode) => rich` of version ${version}`,
  itWasDeletedAgo: (ago: ReactNode) => rich`It was deleted ${ago}.`,
  itsLastVersionIsKept: "Its last version is kept: ",
  itsNewestVersion: "Its newest version: ",
  keyAsItWasAgo: (key: string, ago: ReactNode) => rich`${key} as it was ${ago}`,
  itMayHaveBeenMovedOr: "It may have been moved or renamed, or never have been there.",
  // NeighbourLinks
  previousFile: "Previous file",
  nextFile: "Next file",
  // NewObjectDialog
  thereIsWantedAlready: (wanted: string) => `There is “${wanted}” already.`,
  newFile2: "New file",
  newFolder2: "New folder",
  writeIt: "Write it",
  makeIt: "Make it",
  writeANameOrNamesWith: "Write a name, or names with slashes between them.",
  filesOfPatchworkAndQuiltAre: "Files of Patchwork and Quilt are in .quilt/: nothing else may go there.",
  // StoredFile
  edit: "Edit",
  dropToUploadToS3BucketKey: (bucket: string, key: string) => `Drop to upload to s3://${bucket}/${key}`,
  loadingTheFile: "Loading the file",
  preview: "Preview",
  anEarlierVersion: "an earlier version",
  newestVersion: "Newest version",
  file: "File",
  type: "Type",
  location: "Location",
  version: "Version",
  storageClass: "Storage class",
  restoredCopy: "Restored copy",
  metadata: "Metadata",
  beingMadeThisTakesMinutesTo: "being made; this takes minutes to hours",
  thereUntilUntil: (until: string) => `there until ${until}`,
  there: "there",
  // Uploads
  uploadingDoneOfItems: (done: number, items: number) => `Uploading ${done} of ${items}`,
  uploadedDoneOfItems: (done: number, items: number) => `Uploaded ${done} of ${items}`,
  close: "Close",
  stopPath: (path: string) => `Stop ${path}`,
  uploadPathAgain: (path: string) => `Upload ${path} again`,
  andItemsMore: (items: string) => `and ${items} more`,
  filesToUpload: "Files to upload",
  folderToUpload: "Folder to upload",
  upload: "Upload",
  uploadFolder: "Upload folder",
  stopped: "Stopped",
  waiting: "Waiting",
  uploadOfPath: (path: string) => `Upload of ${path}`,
  sentOfFile: (sent: string, file: string) => `${sent} of ${file}`,
  // BookmarksPage
  bookmarks: "Bookmarks",
  filesFoldersAndPackagesFromAll: "Files, folders and packages from all buckets. Only you see them.",
  makeAPackageOfBookmarks: (chosen: number) => `Make a package of ${counted(chosen, "bookmark")}`,
  makeAPackageOfAll: "Make a package of all",
  removeBookmarks: (chosen: number) => `Remove ${counted(chosen, "bookmark")}`,
  chooseNone: "Choose none",
  loadingBookmarks: "Loading bookmarks",
  pressBookmarkOnAFileA:
    "Press “Bookmark” on a file, a folder or a package, or choose several in a list. A package can be made of them, from as many buckets as you like.",
  noBookmarksYet: "No bookmarks yet",
  in2: "In",
  // PackageOfBookmarksDialog
  makeAPackage: "Make a package",
  ofBookmarksNothingIsCopiedThe: (bookmarks: number) =>
    `Of ${counted(bookmarks, "bookmark")}. Nothing is copied: the package refers to the objects where they are.`,
  yourRoleMayNotWriteTo: "Your role may not write to any bucket.",
  nowhereToWrite: "Nowhere to write",
  bucketOfThePackage: "Bucket of the package",
  found: "found",
  goOn: "Go on",
  // EditObject
  readingTheFile: "Reading the file",
  theFileWasChanged: "The file was changed",
  aFileOfThisNameWas: "A file of this name was made",
  valueBySomebodyElse: (value: string) => `${value} by somebody else.`,
  bySomebodyWhatYouWroteIsStill: (bySomebody: ReactNode) => rich`${bySomebody} What you wrote is still here.`,
  dropMyChangesAndReadIt: "Drop my changes and read it again",
  saveMineAsTheNewestVersion: "Save mine as the newest version",
  editKey: (key: string) => `Edit ${key}`,
  cancel: "Cancel",
  save: "Save",
  textOfKey: (key: string) => `Text of ${key}`,
  // problems
  lineBeforeColumnBefore2Message: (before: number, before2: number, message: string) =>
    `Line ${before}, column ${before2}: ${message}`,
  // useText
  theFileIsLargerThan1: "The file is larger than 1 MiB. Download it to edit it.",
  theFileIsNoUTF8:
    "The file is no UTF-8 text, or has lines that end in several ways. Download it to edit it.",
  // ArchiveDialog
  downloadAsAnArchive: "Download as an archive",
  theBrowserWritesTheArchiveWhile:
    "The browser writes the archive while it reads the files. Keep this page open.",
  archived: "archived",
  downloadAgain: "Download again",
  downloadZIP: "Download ZIP",
  // ChooseCell
  choose: "Choose",
  chooseRow: (row: string) => `Choose ${row}`,
  // ChosenMenu
  listingTheFilesStop: "Listing the files… Stop",
  actionsForChosenItems: "Actions for chosen items",
  makeAPackageOfThem: "Make a package of them",
  bookmarkThem: "Bookmark them",
  // SelectionActions
  downloadItems: (keys: number) => `Download ${counted(keys, "item")}`,
  copy: "Copy…",
  move: "Move…",
  delete2: "Delete…",
  // TransferDialog
  theyAreThereAlready: "They are there already.",
  move2: "Move",
  copy2: "Copy",
  n1Item: "1 item",
  countItems: (count: number) => `${count} items`,
  theFilesStayWithinS3Nothing:
    "The files stay within S3: nothing is downloaded. Files of the same names get a new version.",
  bucket: "Bucket",
  folder: "Folder",
  leaveItEmptyForTheTop: "Leave it empty for the top of the bucket.",
  moved: "moved",
  copied: "copied",
  // WorkProgress
  doneOfFilesDone2: (done: string, total: number, done2: string) =>
    `${done} of ${counted(total, "file")} ${done2}`,
  listingTheFiles: "Listing the files…",
  files2: (done: number) => counted(done, "file"),
  thenStopped: ", then stopped",
  progress: "Progress",
  filesCouldNotBeDone: (failed: number, done: string) => `${counted(failed, "file")} could not be ${done}.`,
  filesThatCouldNotBeDone: (done: string) => `Files that could not be ${done}`,
  // archive
  thisBrowserCanMakeArchivesOf:
    "This browser can make archives of at most 1 GiB. Choose fewer files, or make a package of them.",
  pathCannotBeReadHTTPStatus: (path: string, status: number) => `${path} cannot be read (HTTP ${status}).`,
  pathCannotBeReadError: (path: string, error: string) => `${path} cannot be read: ${error}`,
  // packageItems
  thereAreMoreThanMaxPackageFilesFiles: (maxPackageFiles: string, name: string) =>
    `There are more than ${maxPackageFiles} files in ${name}.`,
  pathIsNotInS3: (path: string) => `${path} is not in S3.`,
  // transfer
  itIsThereAlready: "It is there already.",
  theseAreMoreThanMaxListedObjectsFiles: (maxListedObjects: string) =>
    `These are more than ${maxListedObjects} files. Choose fewer.`,
});
