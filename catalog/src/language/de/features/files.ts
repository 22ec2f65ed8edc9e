import type { t as english } from "@/language/en/features/files";
import { counted, plural } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // BookmarkButton
  bookmark: "Lesezeichen",
  // DeleteObjectsDialog
  delete: "Löschen",
  tryAgain: "Noch einmal versuchen",
  stop: "Anhalten",
  deleteOneValue: (one, value) => `${one}${value} löschen?`,
  deleteItems: objectKeys => `${counted(objectKeys, "Eintrag", "Einträge")} löschen?`,
  foldersAreDeletedWithEverythingIn: "Ordner werden mit allem darin gelöscht. ",
  foldersEarlierVersionsStayInS3: folders =>
    rich`${folders}Frühere Versionen bleiben in S3, wenn der Bucket Versionierung hat: Pakete, die auf sie verweisen, funktionieren weiter.`,
  packagesAndSettingsOfThisBucket: internal =>
    `Pakete und Einstellungen dieses Buckets liegen in ${internal}. Was dort gelöscht wird, ist für alle verloren, die es benutzen.`,
  typeInternalToDeleteItAll: internal => `${internal} eingeben, um es trotzdem zu löschen`,
  deleted: "gelöscht",
  // DownloadButton
  download: "Herunterladen",
  // FileVersions
  versions: "Versionen",
  loadingVersions: "Versionen werden geladen",
  andAllOlderOnes: all => `und ${all} ältere`,
  newest: " · neueste",
  shown: " · gezeigt",
  // FilesPage
  files: "Dateien",
  keyInBucket: (key, bucket) => `${key} in ${bucket}`,
  // Folder
  name: "Name",
  size: "Größe",
  modified: "Geändert",
  filesInPrefix: prefix => `Dateien in ${prefix}`,
  newPackage: "Neues Paket",
  makeSomethingNew: "Etwas Neues anlegen",
  newFile: "Neue Datei …",
  newFolder: "Neuer Ordner …",
  dropToUploadToS3Bucket: (bucket, prefix) => `Ablegen, um sie nach s3://${bucket}/${prefix} hochzuladen`,
  filesCannotBeUploadedToBucket: bucket =>
    `Nach ${bucket} kann hier nicht hochgeladen werden: Ihre Rolle darf ihn nur lesen, oder die Voreinstellungen des Buckets verbieten es`,
  thePreferencesOfThisBucketSay: "So sagen es die Voreinstellungen dieses Buckets.",
  filesAreNotListedHere: "Dateien werden hier nicht aufgeführt",
  pictures: "Bilder",
  chosenChosen: chosen => `${chosen} gewählt`,
  showQuilt: ".quilt/ zeigen",
  loadingFiles: "Dateien werden geladen",
  thisFolderIsEmpty: "Dieser Ordner ist leer",
  noFilesYet: "Noch keine Dateien",
  thisBucketIsEmpty: "Dieser Bucket ist leer",
  dropFilesAnywhereOnThisPage:
    "Legen Sie Dateien irgendwo auf dieser Seite ab, oder wählen Sie sie mit „Hochladen“.",
  // InPackages
  in: "in",
  ofBucket: bucket => ` von ${bucket}`,
  sql: "SQL",
  queryItWithSQLInName: name => `Mit SQL in ${name} abfragen`,
  and: " und ",
  othersPackage: total => counted(total, "weiteres Paket", "weitere Pakete"),
  // MissingFile
  thereIsNoSuchFile: "Diese Datei gibt es nicht",
  thereIsNoSuchVersion: "Diese Version gibt es nicht",
  openFolder: folder => `${folder} öffnen`,
  allFiles: "Alle Dateien",
  bucketHasNoKey: (bucket, key) => rich`${bucket} enthält ${key} nicht`,
  ofVersionVersion: version => rich` in Version ${version}`,
  itWasDeletedAgo: ago => rich`Sie wurde ${ago} gelöscht.`,
  itsLastVersionIsKept: "Ihre letzte Version ist erhalten: ",
  itsNewestVersion: "Ihre neueste Version: ",
  keyAsItWasAgo: (key, ago) => rich`${key}, Stand ${ago}`,
  itMayHaveBeenMovedOr: "Vielleicht wurde sie verschoben oder umbenannt, oder es gab sie nie.",
  // NeighbourLinks
  previousFile: "Vorige Datei",
  nextFile: "Nächste Datei",
  // NewObjectDialog
  thereIsWantedAlready: wanted => `„${wanted}“ gibt es schon.`,
  newFile2: "Neue Datei",
  newFolder2: "Neuer Ordner",
  writeIt: "Schreiben",
  makeIt: "Anlegen",
  writeANameOrNamesWith: "Geben Sie einen Namen ein, oder Namen mit Schrägstrichen dazwischen.",
  filesOfPatchworkAndQuiltAre:
    "In .quilt/ liegen Dateien von Patchwork und Quilt: Nichts anderes darf dorthin.",
  // StoredFile
  edit: "Bearbeiten",
  dropToUploadToS3BucketKey: (bucket, key) => `Ablegen, um sie nach s3://${bucket}/${key} hochzuladen`,
  loadingTheFile: "Die Datei wird geladen",
  preview: "Vorschau",
  anEarlierVersion: "eine frühere Version",
  newestVersion: "Neueste Version",
  file: "Datei",
  type: "Typ",
  location: "Ort",
  version: "Version",
  storageClass: "Speicherklasse",
  restoredCopy: "Wiederhergestellte Kopie",
  metadata: "Metadaten",
  beingMadeThisTakesMinutesTo: "wird erstellt; das dauert Minuten bis Stunden",
  thereUntilUntil: until => `vorhanden bis ${until}`,
  there: "vorhanden",
  // Uploads
  uploadingDoneOfItems: (done, items) => `${done} von ${items} wird hochgeladen`,
  uploadedDoneOfItems: (done, items) => `${done} von ${items} hochgeladen`,
  close: "Schließen",
  stopPath: path => `${path} anhalten`,
  uploadPathAgain: path => `${path} noch einmal hochladen`,
  andItemsMore: items => `und ${items} weitere`,
  filesToUpload: "Dateien zum Hochladen",
  folderToUpload: "Ordner zum Hochladen",
  upload: "Hochladen",
  uploadFolder: "Ordner hochladen",
  stopped: "Angehalten",
  waiting: "Wartet",
  uploadOfPath: path => `Hochladen von ${path}`,
  sentOfFile: (sent, file) => `${sent} von ${file}`,
  // BookmarksPage
  bookmarks: "Lesezeichen",
  filesFoldersAndPackagesFromAll: "Dateien, Ordner und Pakete aus allen Buckets. Nur Sie sehen sie.",
  makeAPackageOfBookmarks: chosen =>
    `Ein Paket aus ${plural(chosen, { one: "einem Lesezeichen", other: "# Lesezeichen" })} erstellen`,
  makeAPackageOfAll: "Ein Paket aus allen erstellen",
  removeBookmarks: chosen => `${counted(chosen, "Lesezeichen", "Lesezeichen")} entfernen`,
  chooseNone: "Auswahl aufheben",
  loadingBookmarks: "Lesezeichen werden geladen",
  pressBookmarkOnAFileA:
    "Wählen Sie „Lesezeichen“ bei einer Datei, einem Ordner oder einem Paket, oder wählen Sie mehrere in einer Liste. Aus ihnen lässt sich ein Paket erstellen, aus beliebig vielen Buckets.",
  noBookmarksYet: "Noch keine Lesezeichen",
  in2: "In",
  // PackageOfBookmarksDialog
  makeAPackage: "Ein Paket erstellen",
  ofBookmarksNothingIsCopiedThe: bookmarks =>
    `Aus ${plural(bookmarks, { one: "einem Lesezeichen", other: "# Lesezeichen" })}. Nichts wird kopiert: Das Paket verweist auf die Objekte, wo sie liegen.`,
  yourRoleMayNotWriteTo: "Ihre Rolle darf in keinen Bucket schreiben.",
  nowhereToWrite: "Kein Bucket zum Schreiben",
  bucketOfThePackage: "Bucket des Pakets",
  found: "gefunden",
  goOn: "Weiter",
  // EditObject
  readingTheFile: "Die Datei wird gelesen",
  theFileWasChanged: "Die Datei wurde geändert",
  aFileOfThisNameWas: "Eine Datei dieses Namens wurde angelegt",
  valueBySomebodyElse: value => `${value} von jemand anderem.`,
  bySomebodyWhatYouWroteIsStill: bySomebody => rich`${bySomebody} Was Sie geschrieben haben, ist noch hier.`,
  dropMyChangesAndReadIt: "Meine Änderungen verwerfen und neu lesen",
  saveMineAsTheNewestVersion: "Meine als neueste Version speichern",
  editKey: key => `${key} bearbeiten`,
  cancel: "Abbrechen",
  save: "Speichern",
  textOfKey: key => `Text von ${key}`,
  // problems
  lineBeforeColumnBefore2Message: (before, before2, message) =>
    `Zeile ${before}, Spalte ${before2}: ${message}`,
  // useText
  theFileIsLargerThan1: "Die Datei ist größer als 1 MiB. Laden Sie sie herunter, um sie zu bearbeiten.",
  theFileIsNoUTF8:
    "Die Datei ist kein UTF-8-Text oder hat verschiedene Zeilenenden. Laden Sie sie herunter, um sie zu bearbeiten.",
  // ArchiveDialog
  downloadAsAnArchive: "Als Archiv herunterladen",
  theBrowserWritesTheArchiveWhile:
    "Der Browser schreibt das Archiv, während er die Dateien liest. Lassen Sie diese Seite offen.",
  archived: "archiviert",
  downloadAgain: "Noch einmal herunterladen",
  downloadZIP: "ZIP herunterladen",
  // ChooseCell
  choose: "Auswählen",
  chooseRow: row => `${row} auswählen`,
  // ChosenMenu
  listingTheFilesStop: "Dateien werden aufgelistet … Anhalten",
  actionsForChosenItems: "Aktionen für Ausgewähltes",
  makeAPackageOfThem: "Ein Paket daraus erstellen",
  bookmarkThem: "Lesezeichen setzen",
  // SelectionActions
  downloadItems: keys => `${counted(keys, "Eintrag", "Einträge")} herunterladen`,
  copy: "Kopieren …",
  move: "Verschieben …",
  delete2: "Löschen …",
  // TransferDialog
  theyAreThereAlready: "Sie sind schon dort.",
  move2: "Verschieben",
  copy2: "Kopieren",
  n1Item: "1 Eintrag",
  countItems: count => `${count} Einträge`,
  theFilesStayWithinS3Nothing:
    "Die Dateien bleiben innerhalb von S3: Nichts wird heruntergeladen. Gleichnamige Dateien erhalten eine neue Version.",
  bucket: "Bucket",
  folder: "Ordner",
  leaveItEmptyForTheTop: "Leer lassen für die oberste Ebene des Buckets.",
  moved: "verschoben",
  copied: "kopiert",
  // WorkProgress
  doneOfFilesDone2: (done, total, done2) => `${done} von ${counted(total, "Datei", "Dateien")} ${done2}`,
  listingTheFiles: "Dateien werden aufgelistet …",
  files2: done => counted(done, "Datei", "Dateien"),
  thenStopped: ", dann angehalten",
  progress: "Fortschritt",
  filesCouldNotBeDone: (failed, done) =>
    `${counted(failed, "Datei konnte", "Dateien konnten")} nicht ${done} werden.`,
  filesThatCouldNotBeDone: done => `Dateien, die nicht ${done} werden konnten`,
  // archive
  thisBrowserCanMakeArchivesOf:
    "Dieser Browser kann Archive von höchstens 1 GiB erstellen. Wählen Sie weniger Dateien, oder erstellen Sie ein Paket daraus.",
  pathCannotBeReadHTTPStatus: (path, status) => `${path} ist nicht lesbar (HTTP ${status}).`,
  pathCannotBeReadError: (path, error) => `${path} ist nicht lesbar: ${error}`,
  // packageItems
  thereAreMoreThanMaxPackageFilesFiles: (maxPackageFiles, name) =>
    `In ${name} sind mehr als ${maxPackageFiles} Dateien.`,
  pathIsNotInS3: path => `${path} ist nicht in S3.`,
  // transfer
  itIsThereAlready: "Es ist schon dort.",
  theseAreMoreThanMaxListedObjectsFiles: maxListedObjects =>
    `Das sind mehr als ${maxListedObjects} Dateien. Wählen Sie weniger.`,
};
