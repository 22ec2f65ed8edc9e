import type { t as english } from "@/language/en/features/packages";
import { counted, plural } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ChosenEntries
  copyBucket: "In einen Bucket kopieren …",
  // DeletePackageDialog
  deleteRevision: "Revision löschen",
  deletePackage: "Paket löschen",
  deleteRevision2: "Diese Revision löschen?",
  deletePackage2: "Dieses Paket löschen?",
  noLongerListed: "Sie wird nicht mehr aufgeführt. Ihr Manifest und ihre Dateien bleiben in S3.",
  revisionsNoLonger: "Seine Revisionen werden nicht mehr aufgeführt. Manifeste und Dateien bleiben in S3.",
  confirmType: wanted => `Zur Bestätigung ${wanted} eingeben`,
  // DropToRevise
  dropAddNew: place => `Ablegen, um sie als neue Revision in ${place} aufzunehmen`,
  packageCannotRevised: bucket =>
    `Das Paket kann hier nicht überarbeitet werden: Ihre Rolle darf ${bucket} nur lesen, oder die Voreinstellungen des Buckets verbieten es`,
  // InstallPanel
  python: "Python",
  get: "Holen",
  language: "Sprache",
  shell: "Shell",
  installFolder: "In diesen Ordner installieren",
  fetchFolder: "In diesen Ordner holen",
  setUp: "Richten Sie ihn ein",
  firstTimeMachine: setIt => rich`Zum ersten Mal auf diesem Rechner? ${setIt}`,
  // MissingEntry
  revisionTopHash: topHash => rich`Revision ${topHash}`,
  notRevision: "Nicht in dieser Revision",
  openShown: shown => `${shown}/ öffnen`,
  allFiles: "Alle Dateien",
  allRevisions: "Alle Revisionen",
  revisionNo: (topHash, name, path) => rich`Revision ${topHash} von ${name} enthält ${path} nicht.`,
  lookingOtherRevisions: "Andere Revisionen werden durchsucht …",
  movedLinkPushed: (link, pushed) => rich`Es wurde nach ${link} verschoben durch ${pushed}`,
  removedPushed: pushed => rich`Es wurde entfernt durch ${pushed}`,
  last: "Es war zuletzt in",
  itIsIn: "Es ist in",
  pushedValueSeen: (value, seen, pushed) => rich`${value} ${seen}, gepusht durch ${pushed}`,
  noneLastPushes: maxSearchedPushes => `Auch in den letzten ${maxSearchedPushes} Pushes ist es nicht.`,
  unknown: "unbekannt",
  // MissingPackage
  noSuchPackage: "Dieses Paket gibt es nicht",
  allPackages: "Alle Pakete",
  packagesSuchName: "Pakete mit einem solchen Namen",
  deletedAgo: ago => rich`Es wurde ${ago} gelöscht.`,
  manifest: "Manifest",
  lastRevisionWhose: (topHash, manifest) =>
    rich` Seine letzte Revision war ${topHash}. Ihr ${manifest} und ihre Dateien sind erhalten, wenn niemand sie entfernt hat.`,
  mayAnotherName:
    "Vielleicht hat es einen anderen Namen, liegt in einem anderen Bucket oder ist nicht für Ihre Rolle.",
  // PackageActions
  revise: "Überarbeiten",
  moreActions: "Weitere Aktionen",
  compareAnotherRevision: "Mit einer anderen Revision vergleichen",
  queryTables: "Die Tabellen abfragen …",
  copyQuiltUri: "Quilt+-URI kopieren",
  deleteRevision3: "Diese Revision löschen …",
  deletePackage3: "Das Paket löschen …",
  copied: "Kopiert",
  promote: "Weitergeben …",
  // PackageFilePanel
  edit: "Bearbeiten",
  packageBuiltNot: physicalKey =>
    `Das Paket wurde dort gebaut und nicht mit seinen Dateien gepusht: ${physicalKey}`,
  onlySomebodysMachine: "Nur auf einem fremden Rechner",
  roleDoesNot: bucket =>
    rich`Sie liegt in ${bucket}, den Ihre Rolle nicht umfasst. Bitten Sie die Administration um Zugriff.`,
  mayNotRead: "Sie dürfen diese Datei nicht lesen",
  fileStored: physicalKey => `Die Datei liegt unter ${physicalKey}.`,
  notS3: "Nicht in S3",
  file: "Datei",
  size: "Größe",
  hash: "Prüfsumme",
  stored: "Liegt unter",
  quiltUri: "Quilt+-URI",
  version: "Version",
  // PackageFolder
  onlyMachinePackage: physicalKey => `Nur auf dem Rechner, auf dem das Paket gebaut wurde: ${physicalKey}`,
  local: "lokal",
  mayNotRead2: physicalKey => `Sie dürfen ${physicalKey} nicht lesen`,
  noAccess: "kein Zugriff",
  storedAnotherBucket: physicalKey => `Liegt in einem anderen Bucket: ${physicalKey}`,
  name: "Name",
  filesTotalEntries: totalEntries => counted(totalEntries, "Datei", "Dateien"),
  files: "Dateien",
  preferencesBucketSay: "So sagen es die Voreinstellungen dieses Buckets.",
  filesNotListed: "Dateien werden hier nicht aufgeführt",
  pictures: "Bilder",
  filesPath: path => `Dateien in ${path}`,
  loadingFolder: "Der Ordner wird geladen",
  folderEmpty: "Dieser Ordner ist leer",
  noMessage: "Keine Nachricht",
  // PackagePage
  packageMetadata: "Metadaten des Pakets",
  inPathName: (path, name) => `${path} in ${name}`,
  notLatest: "nicht die neueste",
  loadingPackage: "Das Paket wird geladen",
  pointerNamesManifest:
    "Ein Zeiger nennt ein Manifest, das nicht in S3 ist. Stellen Sie es dort wieder her, oder pushen Sie noch einmal.",
  manifestCannotRead:
    "Das Manifest ist nicht lesbar. Stellen Sie eine frühere Version davon wieder her, oder pushen Sie noch einmal.",
  manifestNotNamed:
    "Das Manifest entspricht nicht seinem Namen: Jemand hat es geändert. Stellen Sie her, was gepusht wurde, oder pushen Sie noch einmal.",
  revisionState: state => `Diese Revision kann nicht gezeigt werden: ${state}`,
  otherRevisions: "Andere Revisionen",
  metadata: "Metadaten",
  noMetadata: "Keine Metadaten.",
  pushGaveNo: "Der Push enthielt keine Metadaten.",
  metadata2: "Metadaten hier",
  // PushAuthor
  storeDidNot: "Der Speicher hat nicht mitgeteilt, wer diesen Push geschrieben hat",
  // QueryTablesDialog
  queryTables2: "Die Tabellen abfragen",
  allTablesKind: "Alle Tabellen einer Art in dieser Revision, als eine Tabelle in SQL.",
  lookingTablesFile: (known, totalEntries) =>
    `Tabellen werden gesucht: ${known} von ${counted(totalEntries, "Datei", "Dateien")} …`,
  revisionNoTables:
    "Diese Revision enthält keine Tabellen, die SQL liest: Parquet, CSV, TSV, JSON Lines, JSON, Arrow und Tabellenkalkulationen.",
  firstFileQuery: known =>
    `${plural(known, { one: "In der ersten Datei", other: "In den ersten # Dateien" })}; eine Abfrage liest alle davon.`,
  close: "Schließen",
  undefinedsFilesExtension: (files, extension) =>
    counted(files, `.${extension}-Datei`, `.${extension}-Dateien`),
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
  chooseAnotherRevision: (value, hash) => `${value} ${hash}: andere Revision wählen`,
  loading: "Wird geladen …",
  revisionsCouldNot: "Die Revisionen konnten nicht geladen werden.",
  // place
  notFileS3: to => `${to} ist keine Datei in S3.`,
  // states
  corrupt: "Manifest nicht lesbar",
  ready: "bereit",
  missing: "Manifest fehlt",
  mismatch: "Manifest verändert",
  // PackageTabs
  package: "Paket",
  data: "Daten",
  revisions: "Revisionen",
  activity: "Aktivität",
  insight: "Einblick",
};
