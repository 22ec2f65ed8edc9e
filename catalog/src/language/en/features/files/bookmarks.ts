import { counted, section } from "@/language/language";

export const t = section("features/files/bookmarks", {
  // BookmarksPage
  name: "Name",
  chosenChosen: (chosen: number) => `${chosen} chosen`,
  bookmarks: "Bookmarks",
  filesFoldersPackages: "Files, folders and packages from all buckets. Only you see them.",
  makePackageBookmark: (chosen: number) => `Make a package of ${counted(chosen, "bookmark")}`,
  makePackageAll: "Make a package of all",
  removeBookmark: (chosen: number) => `Remove ${counted(chosen, "bookmark")}`,
  chooseNone: "Choose none",
  loadingBookmarks: "Loading bookmarks",
  pressBookmarkFile:
    "Press “Bookmark” on a file, a folder or a package, or choose several in a list. A package can be made of them, from as many buckets as you like.",
  noBookmarksYet: "No bookmarks yet",
  in: "In",
  // PackageOfBookmarksDialog
  close: "Close",
  makePackage: "Make a package",
  bookmarkNothingCopied: (bookmarks: number) =>
    `Of ${counted(bookmarks, "bookmark")}. Nothing is copied: the package refers to the objects where they are.`,
  roleMayNot: "Your role may not write to any bucket.",
  nowhereWrite: "Nowhere to write",
  bucketPackage: "Bucket of the package",
  found: "found",
  go: "Go on",
});
