import type { t as english } from "@/language/en/features/packages";
import { counted, plural } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // DeletePackageDialog
  deleteRevision: "Revision löschen",
  deletePackage: "Paket löschen",
  deleteThisRevision: "Diese Revision löschen?",
  deleteThisPackage: "Dieses Paket löschen?",
  itIsNoLongerListedIts: "Sie wird nicht mehr aufgeführt. Ihr Manifest und ihre Dateien bleiben in S3.",
  itsRevisionsAreNoLongerListed:
    "Seine Revisionen werden nicht mehr aufgeführt. Manifeste und Dateien bleiben in S3.",
  toConfirmTypeWanted: wanted => `Zur Bestätigung ${wanted} eingeben`,
  // DropToCreate
  dropToMakeANewPackage: name => `Ablegen, um ein neues Paket in ${name} zu erstellen`,
  packagesCannotBeMadeHereYour: name =>
    `Hier können keine Pakete erstellt werden: Ihre Rolle darf ${name} nur lesen, oder die Voreinstellungen des Buckets verbieten es`,
  // DropToRevise
  dropToAddToPlaceAs: place => `Ablegen, um sie als neue Revision in ${place} aufzunehmen`,
  thePackageCannotBeRevisedHere: bucket =>
    `Das Paket kann hier nicht überarbeitet werden: Ihre Rolle darf ${bucket} nur lesen, oder die Voreinstellungen des Buckets verbieten es`,
  // FirstPushHelp
  noPackagesYet: "Noch keine Pakete",
  pushFiles: "Dateien pushen",
  setUpAMachine: "Rechner einrichten",
  aPackageIsFilesAREADME:
    "Ein Paket besteht aus Dateien, einer README und Metadaten unter einem Namen; jede Version bleibt erhalten. Legen Sie Dateien oder einen Ordner auf dieser Seite ab, oder pushen Sie mit Python:",
  python: "Python",
  // InstallPanel
  getIt: "Holen",
  language: "Sprache",
  shell: "Shell",
  installToThisFolder: "In diesen Ordner installieren",
  fetchToThisFolder: "In diesen Ordner holen",
  setItUp: "Richten Sie ihn ein",
  firstTimeOnThisMachineSetIt: setIt => rich`Zum ersten Mal auf diesem Rechner? ${setIt}`,
  // MissingEntry
  revisionTopHash: topHash => rich`Revision ${topHash}`,
  notInThisRevision: "Nicht in dieser Revision",
  openShown: shown => `${shown}/ öffnen`,
  allFiles: "Alle Dateien",
  allRevisions: "Alle Revisionen",
  revisionTopHashOfNameHasNo: (topHash, name, path) =>
    rich`Revision ${topHash} von ${name} enthält ${path} nicht.`,
  lookingForItInOtherRevisions: "Andere Revisionen werden durchsucht …",
  itWasMovedToLinkBy: (link, pushed) => rich`Es wurde nach ${link} verschoben durch ${pushed}`,
  itWasRemovedByPushed: pushed => rich`Es wurde entfernt durch ${pushed}`,
  itWasLastIn: "Es war zuletzt in",
  itIsIn: "Es ist in",
  valueSeenPushedByPushed: (value, seen, pushed) => rich`${value} ${seen}, gepusht durch ${pushed}`,
  itIsInNoneOfThe: maxSearchedPushes => `Auch in den letzten ${maxSearchedPushes} Pushes ist es nicht.`,
  unknown: "unbekannt",
  // MissingPackage
  thereIsNoSuchPackage: "Dieses Paket gibt es nicht",
  allPackages: "Alle Pakete",
  packagesWithSuchAName: "Pakete mit einem solchen Namen",
  itWasDeletedAgo: ago => rich`Es wurde ${ago} gelöscht.`,
  manifest: "Manifest",
  itsLastRevisionWasTopHashWhose: (topHash, manifest) =>
    rich` Seine letzte Revision war ${topHash}. Ihr ${manifest} und ihre Dateien sind erhalten, wenn niemand sie entfernt hat.`,
  itMayHaveAnotherNameBe:
    "Vielleicht hat es einen anderen Namen, liegt in einem anderen Bucket oder ist nicht für Ihre Rolle.",
  // PackageActions
  revise: "Überarbeiten",
  moreActions: "Weitere Aktionen",
  compareWithAnotherRevision: "Mit einer anderen Revision vergleichen",
  queryTheTables: "Die Tabellen abfragen …",
  copyQuiltURI: "Quilt+-URI kopieren",
  deleteThisRevision2: "Diese Revision löschen …",
  deleteThePackage: "Das Paket löschen …",
  copied: "Kopiert",
  promote: "Weitergeben …",
  // PackageFilePanel
  edit: "Bearbeiten",
  thePackageWasBuiltThereAnd: physicalKey =>
    `Das Paket wurde dort gebaut und nicht mit seinen Dateien gepusht: ${physicalKey}`,
  onlyOnSomebodysMachine: "Nur auf einem fremden Rechner",
  itIsInBucketWhichYour: bucket =>
    rich`Sie liegt in ${bucket}, den Ihre Rolle nicht umfasst. Bitten Sie die Administration um Zugriff.`,
  youMayNotReadThisFile: "Sie dürfen diese Datei nicht lesen",
  theFileIsStoredAtPhysicalKey: physicalKey => `Die Datei liegt unter ${physicalKey}.`,
  notInS3: "Nicht in S3",
  file: "Datei",
  size: "Größe",
  hash: "Prüfsumme",
  storedAt: "Liegt unter",
  quiltURI: "Quilt+-URI",
  version: "Version",
  // PackageFolder
  onlyOnTheMachineThatThe: physicalKey =>
    `Nur auf dem Rechner, auf dem das Paket gebaut wurde: ${physicalKey}`,
  local: "lokal",
  youMayNotReadPhysicalKey: physicalKey => `Sie dürfen ${physicalKey} nicht lesen`,
  noAccess: "kein Zugriff",
  storedInAnotherBucketPhysicalKey: physicalKey => `Liegt in einem anderen Bucket: ${physicalKey}`,
  name: "Name",
  files: totalEntries => counted(totalEntries, "Datei", "Dateien"),
  files2: "Dateien",
  thePreferencesOfThisBucketSay: "So sagen es die Voreinstellungen dieses Buckets.",
  filesAreNotListedHere: "Dateien werden hier nicht aufgeführt",
  pictures: "Bilder",
  filesInPath: path => `Dateien in ${path}`,
  loadingTheFolder: "Der Ordner wird geladen",
  thisFolderIsEmpty: "Dieser Ordner ist leer",
  noMessage: "Keine Nachricht",
  // PackagesPage
  nameFalling: "Name, absteigend",
  newestFirst: "Neueste zuerst",
  oldestFirst: "Älteste zuerst",
  largestFirst: "Größte zuerst",
  smallestFirst: "Kleinste zuerst",
  mostFilesFirst: "Meiste Dateien zuerst",
  fewestFilesFirst: "Wenigste Dateien zuerst",
  packagesInBucket: bucket => `Pakete in ${bucket}`,
  packages: "Pakete",
  filterByName: "Nach Namen filtern",
  newPackage: "Neues Paket",
  theSearchIndexWhichSortsPackages:
    "Der Suchindex, der Pakete sortiert und ihre Metadaten kennt, holt noch auf. ",
  errorHereTheyAreByName: error => `${error}Hier stehen sie nach Namen.`,
  packages2: total => counted(total, "Paket", "Pakete"),
  columns: "Spalten",
  metadataToShow: "Angezeigte Metadaten",
  noPackageHereHasMetadata: "Kein Paket hier hat Metadaten.",
  loadingPackages: "Pakete werden geladen",
  noPackageNameHereContainsContains: contains => `Kein Paketname hier enthält „${contains}“.`,
  noSuchPackage: "Kein solches Paket",
  // ProblemsPage
  problemsInBucket: bucket => `Probleme in ${bucket}`,
  problems: "Probleme",
  revisionsWhoseManifestsAreMissingCannot:
    "Revisionen, deren Manifeste fehlen, nicht lesbar sind oder nicht dem Gepushten entsprechen, und Objekte, die nicht in den Index aufgenommen werden konnten.",
  loadingProblems: "Probleme werden geladen",
  allPackagesHereAreWhatThey:
    "Alle Pakete hier sind so, wie sie gepusht wurden, und alle Objekte sind im Index.",
  noProblems: "Keine Probleme",
  noPackage: "Kein Paket",
  // PushAuthor
  theStoreDidNotSayWho: "Der Speicher hat nicht mitgeteilt, wer diesen Push geschrieben hat",
  // QueryTablesDialog
  queryTheTables2: "Die Tabellen abfragen",
  allTablesOfAKindIn: "Alle Tabellen einer Art in dieser Revision, als eine Tabelle in SQL.",
  lookingForTablesKnownOfFiles: (known, totalEntries) =>
    `Tabellen werden gesucht: ${known} von ${counted(totalEntries, "Datei", "Dateien")} …`,
  thisRevisionHasNoTablesThat:
    "Diese Revision enthält keine Tabellen, die SQL liest: Parquet, CSV, TSV, JSON Lines, JSON, Arrow und Tabellenkalkulationen.",
  inTheFirstFilesAQuery: known =>
    `${plural(known, { one: "In der ersten Datei", other: "In den ersten # Dateien" })}; eine Abfrage liest alle davon.`,
  close: "Schließen",
  filesOfExtension: (files, extension) => counted(files, `.${extension}-Datei`, `.${extension}-Dateien`),
  // RevisionFacts
  revision: "Revision",
  topHash: "Top-Hash",
  pushed: "Gepusht",
  by: "Von",
  pushes: "Pushes",
  copy: "Kopieren",
  workflow: "Workflow",
  noneChosen: "keiner gewählt",
  // RevisionPicker
  latest: "Neueste",
  valueHashChooseAnotherRevision: (value, hash) => `${value} ${hash}: andere Revision wählen`,
  loading: "Wird geladen …",
  theRevisionsCouldNotBeLoaded: "Die Revisionen konnten nicht geladen werden.",
  // RevisionsPage
  message: "Nachricht",
  agoByAuthorHashRow: (ago, author, hash, row) => rich`${ago} von ${author} · ${hash} · ${row}`,
  unreadableRevision: "Nicht lesbare Revision",
  latest2: "neueste",
  changed: "Geändert",
  compare: "Vergleichen",
  compareWithThePushBefore: "Mit dem Push davor vergleichen",
  revisionsOfName: name => `Revisionen von ${name}`,
  revisions: "Revisionen",
  loadingRevisions: "Revisionen werden geladen",
  noRevisions: "Keine Revisionen",
  added: "hinzugefügt",
  removed: "entfernt",
  changed2: "geändert",
  moved: "verschoben",
  withOtherMetadata: "mit anderen Metadaten",
  files3: count => counted(count, "Datei", "Dateien"),
  bytesInAll: bytes => `${bytes} insgesamt`,
  files4: each => counted(each, "Datei", "Dateien"),
  sameFiles: "dieselben Dateien",
  // UriPage
  findingIt: "Wird gesucht",
  // packageColumns
  package: "Paket",
  about: "Über das Paket",
  updated: "Aktualisiert",
  manifestMissing: "Manifest fehlt",
  corrupt: "Manifest nicht lesbar",
  changedManifest: "Manifest verändert",
  // states
  ready: "bereit",
  missing: "Manifest fehlt",
  mismatch: "Manifest verändert",
  // place
  toIsNotAFileIn: to => `${to} ist keine Datei in S3.`,
  // PackageCard
  byAuthor: author => ` von ${author}`,
  // PackageHeader
  revisions2: revisions => counted(revisions, "Revision", "Revisionen"),
  updatedAgoAuthor: (ago, author) => rich`aktualisiert ${ago}${author}`,
  packagesWithKeyValue: (key, value) => `Pakete mit ${key} ${value}`,
  historyRevisions: revisions => `Verlauf: ${counted(revisions, "Revision", "Revisionen")}`,
  // ObjectPicker
  addFromABucket: "Aus einem Bucket hinzufügen",
  toUnderOfThePackageNothing: under =>
    rich`Nach ${under} des Pakets. Nichts wird kopiert: Das Paket verweist auf die Objekte, wie sie jetzt sind.`,
  bucket: "Bucket",
  addItems: chosen => `${counted(chosen, "Eintrag", "Einträge")} hinzufügen`,
  add: "Hinzufügen",
  loadingFiles: "Dateien werden geladen",
  nothingHere: "Hier ist nichts",
  filesAndFolders: "Dateien und Ordner",
  allOfKey: key => `Alles aus ${key}/`,
  // PushFields
  messageRequired: "Nachricht (Pflicht)",
  whatIsNewAndWhy: "Was ist neu, und warum",
  defaultConfig: config => `Standard: ${config}`,
  none: "Keiner",
  chooseOne: "Bitte wählen …",
  packageMetadata: "Metadaten des Pakets",
  checkingWithTheWorkflow: "Der Workflow prüft …",
  theWorkflowWorkflowAcceptsThisPush: workflow => `Der Workflow „${workflow}“ nimmt diesen Push an.`,
  noWorkflowAppliesToThisPush: "Für diesen Push gilt kein Workflow.",
  theWorkflowWorkflowWouldRefuseThis: workflow => `Der Workflow „${workflow}“ würde diesen Push ablehnen:`,
  thisPushWouldBeRefused: "Dieser Push würde abgelehnt:",
  andMore: "… und weitere.",
  // PushForm
  writeAUTHORNAMEWithLettersDigits: "Schreiben Sie AUTHOR/NAME, mit Buchstaben, Ziffern, - und _.",
  cancel: "Abbrechen",
  // ChosenEntries
  copyToABucket: "In einen Bucket kopieren …",
  // PackagePage
  pathInName: (path, name) => `${path} in ${name}`,
  notTheLatest: "nicht die neueste",
  loadingThePackage: "Das Paket wird geladen",
  aPointerNamesAManifestThat:
    "Ein Zeiger nennt ein Manifest, das nicht in S3 ist. Stellen Sie es dort wieder her, oder pushen Sie noch einmal.",
  theManifestCannotBeReadRestore:
    "Das Manifest ist nicht lesbar. Stellen Sie eine frühere Version davon wieder her, oder pushen Sie noch einmal.",
  theManifestIsNotWhatIt:
    "Das Manifest entspricht nicht seinem Namen: Jemand hat es geändert. Stellen Sie her, was gepusht wurde, oder pushen Sie noch einmal.",
  notWhatItSays: "nicht, was ihr Name sagt",
  thisRevisionIsState: state => `Zustand dieser Revision: ${state}`,
  otherRevisions: "Andere Revisionen",
  metadata: "Metadaten",
  noMetadata: "Keine Metadaten.",
  thePushGaveNoMetadata: "Der Push enthielt keine Metadaten.",
  metadataHere: "Metadaten hier",
};
