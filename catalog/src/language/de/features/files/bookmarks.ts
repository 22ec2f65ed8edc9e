import type { t as english } from "@/language/en/features/files/bookmarks";
import { counted, plural } from "@/language/language";

export const t: typeof english = {
  // BookmarksPage
  name: "Name",
  chosenChosen: chosen => `${chosen} gewählt`,
  bookmarks: "Lesezeichen",
  filesFoldersPackages: "Dateien, Ordner und Pakete aus allen Buckets. Nur Sie sehen sie.",
  makePackageBookmark: chosen =>
    `Ein Paket aus ${plural(chosen, { one: "einem Lesezeichen", other: "# Lesezeichen" })} erstellen`,
  makePackageAll: "Ein Paket aus allen erstellen",
  removeBookmark: chosen => `${counted(chosen, "Lesezeichen", "Lesezeichen")} entfernen`,
  chooseNone: "Auswahl aufheben",
  loadingBookmarks: "Lesezeichen werden geladen",
  pressBookmarkFile:
    "Wählen Sie „Lesezeichen“ bei einer Datei, einem Ordner oder einem Paket, oder wählen Sie mehrere in einer Liste. Aus ihnen lässt sich ein Paket erstellen, aus beliebig vielen Buckets.",
  noBookmarksYet: "Noch keine Lesezeichen",
  in: "In",
  // PackageOfBookmarksDialog
  close: "Schließen",
  makePackage: "Ein Paket erstellen",
  bookmarkNothingCopied: bookmarks =>
    `Aus ${plural(bookmarks, { one: "einem Lesezeichen", other: "# Lesezeichen" })}. Nichts wird kopiert: Das Paket verweist auf die Objekte, wo sie liegen.`,
  roleMayNot: "Ihre Rolle darf in keinen Bucket schreiben.",
  nowhereWrite: "Kein Bucket zum Schreiben",
  bucketPackage: "Bucket des Pakets",
  found: "gefunden",
  go: "Weiter",
};
