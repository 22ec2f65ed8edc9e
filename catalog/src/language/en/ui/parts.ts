import { counted, section } from "@/language/language";

export const t = section("ui/parts", {
  // Copy
  copied: "Copied",
  couldNotCopy: "Could not copy",
  copy: "Copy",
  // FolderTrail
  folder: "Folder",
  // ForWriters
  roleMayOnly: (bucket: string) => `Your role may only read ${bucket}.`,
  // JsonTree
  empty: "empty",
  moreOf: (of: number) => `${of} more…`,
  // LanguageChoice
  language: "Language",
  // Layout
  breadcrumb: "Breadcrumb",
  // LeaveDialog
  leave: "Leave",
  // ListPanel
  more: "More",
  // Loaded
  loading: "Loading",
  // Measures
  bytesOf: (of: string) => `${of} bytes`,
  // Modal
  cancel: "Cancel",
  // MoreFailed
  loadingMore: "Loading more…",
  tryAgain: "Try again",
  // NewPassword
  againLabel: (label: string) => `${label}, again`,
  // NotFoundPage
  notFound: "Not found",
  addressMayMistyped: "The address may be mistyped, or what it led to has moved.",
  noSuchPage: "There is no such page",
  home: "Home",
  // PackageBlock
  revisionsRevisions: (revisions: number) => counted(revisions, "revision"),
  packagesPackages: (packages: number) => counted(packages, "package"),
  // Palette
  escClose: "Esc: close",
  // PickerPopover
  filter: "Filter",
  nothingContains: (filter: string) => `Nothing contains “${filter}”.`,
  // Seam
  added: "added",
  changed: "changed",
  moved: "moved",
  otherMetadata: "with other metadata",
  removed: "removed",
  notCountedYet: "not counted yet",
  sameFiles: "same files",
  filesCount: (count: number) => counted(count, "file"),
  // SortChoice
  sort: "Sort",
});
