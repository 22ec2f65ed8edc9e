import type { t as english } from "@/language/en/features/buckets";
import { counted, plural } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // BucketActions
  edit: "Bearbeiten",
  editName: name => `${name} bearbeiten`,
  unregister: "Austragen",
  unregisterName: name => `${name} austragen?`,
  disappearsCatalogSearch:
    "Er verschwindet aus dem Katalog und aus der Suche. Sein Inhalt bleibt in S3, und er kann wieder hinzugefügt werden.",
  // BucketForm
  title: "Titel",
  description: "Beschreibung",
  tags: "Schlagwörter",
  separatedCommas: "Durch Kommas getrennt.",
  filesWhoseContent: "Dateien, deren Inhalt durchsuchbar ist",
  allTextsTables: "alle Texte, Tabellen und Dokumente",
  extensionsSeparatedCommas:
    "Endungen, durch Kommas getrennt, zum Beispiel .csv, .md. Vorhandene Dateien werden neu gelesen.",
  contentFileCan: "Durchsuchbarer Inhalt einer Datei",
  countedBeginningFile: "Vom Anfang der Datei an gezählt. Höchstens 10 MiB; 0 bedeutet keinen.",
  reportsS3Inventory: "Berichte von S3 Inventory",
  none: "keine",
  folderS3Bucket:
    "Ihr Ordner, s3://bucket/prefix/source/configuration. Der Index eines sehr großen Buckets wird mit ihnen verglichen statt nur mit Auflistungen.",
  n363Lower: "3 bis 63 Kleinbuchstaben, Ziffern, Punkte und Bindestriche.",
  addBucket: "Bucket hinzufügen",
  registryCreatesBucket:
    "Die Registry legt den Bucket in S3 an, oder übernimmt ihn mit allem, was darin ist, wenn es ihn gibt.",
  addBucket2: "Bucket hinzufügen",
  registeredAlready: name => `${name} ist schon registriert.`,
  bucketName: "Name des Buckets",
  shownPeopleDefaults: "Wird Menschen gezeigt. Ohne Angabe ist es der Name des Buckets.",
  wholeNumber: "Eine ganze Zahl.",
  peopleSeeBucket: "Was Menschen vom Bucket sehen, und was sie darin finden.",
  save: "Speichern",
  setUpAgain: "Neu einrichten",
  versioningCorsNotifications:
    "Versionierung, CORS und Benachrichtigungen sind neu eingerichtet, und der Index wird geprüft.",
  bucketNeedsTitle: "Ein Bucket braucht einen Titel.",
  relevance: "Gewicht",
  bucketsHigherNumber:
    "Buckets mit einer höheren Zahl stehen weiter oben. Übersichten verbergen Buckets mit einer negativen.",
  sizeMost10: "Eine Größe von höchstens 10 MiB, zum Beispiel 256 KiB.",
  // BucketOverviewPage
  overviewTitle: title => `Übersicht über ${title}`,
  about: "Über diesen Bucket",
  bucket: "Bucket",
  packages: "Pakete",
  size: "Größe",
  holds: "Enthält",
  access: "Ihr Zugriff",
  added: "Hinzugefügt",
  added2: "Hinzugefügt von",
  moreThanRevisions: wrong => `Mehr als ${wrong} Revisionen`,
  revisionsWrong: wrong => counted(wrong, "Revision", "Revisionen"),
  seeWrong: "Ansehen, was nicht stimmt",
  packagesCannotShown: (wrong, seeWhat) => rich`Nicht anzeigbar: ${wrong} von Paketen hier. ${seeWhat}`,
  readWrite: "lesen und schreiben",
  read: "lesen",
  packagesShared: "Pakete, die mit Ihnen geteilt sind",
  latestPackages: "Neueste Pakete",
  allPackages: "Alle Pakete",
  loadingPackages: "Pakete werden geladen",
  topBucketShown: code =>
    rich`Eine ${code} zuoberst im Bucket wird hier angezeigt. Beschreiben Sie darin, wofür dieser Bucket da ist.`,
  noReadmeYet: "Noch keine README",
  loadingReadme: "Die README wird geladen",
  // BucketsAdminPage
  actions: "Aktionen",
  packagesQuilt2: "Pakete von Quilt 2",
  settingsInstance: "Einstellungen der Installation",
  buckets: "Buckets",
  allBucketsRegistered: "Alle Buckets, die hier registriert sind.",
  loadingBuckets: "Buckets werden geladen",
  addFirstOne: "Fügen Sie den ersten hinzu: einen vorhandenen S3-Bucket oder einen neuen.",
  noBucketsYet: "Noch keine Buckets",
  // BucketsPage
  whereTeamsKeep: "Wo Ihre Teams ihre Datenpakete und Dateien aufbewahren.",
  filterBuckets: "Buckets filtern",
  roleDoesNot: "Ihre Rolle umfasst keinen Bucket. Bitten Sie die Administration um Zugriff.",
  listBelowMay: error => `${error} Die Liste unten ist vielleicht nicht aktuell.`,
  noBucketCalled: filter => `Kein Bucket heißt „${filter}“`,
  showMore: "Mehr anzeigen",
  packageUpdated: (packages, totalBytes, ago) =>
    rich`${counted(packages, "Paket", "Pakete")}, ${totalBytes}, aktualisiert ${ago}`,
  // CompletenessPanel
  index: "Index",
  comparingIndexBucket: "Der Index wird mit dem Bucket verglichen",
  completeUp: "Vollständig bis",
  lastCompared: "Zuletzt verglichen",
  reportS3Inventory: "Bericht von S3 Inventory",
  objects: "Objekte",
  pushes: "Pushes",
  manifests: "Manifeste",
  contentsRead: "Noch zu lesende Inhalte",
  filesUnreadObjects: unreadObjects => counted(unreadObjects, "Datei", "Dateien"),
  problems: "Probleme",
  revisionsProblems: problems => counted(problems, "Revision", "Revisionen"),
  noneYet: "noch keiner",
  bucketBeingCompared: (parts, parts2) =>
    `Der Bucket wird mit dem Index verglichen: ${parts} von ${counted(parts2, "Teil", "Teilen")} fertig.`,
  keyBucketCould: differing =>
    `${counted(differing, "Schlüssel", "Schlüssel")} des Buckets ${plural(differing, { one: "konnte", other: "konnten" })} nicht in den Index aufgenommen werden. Das wird noch einmal versucht.`,
  partBucketMay: partsSuspected =>
    `${counted(partsSuspected, "Teil", "Teile")} des Buckets ${plural(partsSuspected, { one: "hat", other: "haben" })} vielleicht Änderungen, die noch nicht im Index sind. Sie werden als Nächstes verglichen.`,
  everythingBucketIndex: "Alles im Bucket ist im Index.",
  s3Index: (count, count2) => `${count} in S3, ${count2} im Index`,
  // BucketLayout
  readOnly: "nur lesen",
  packagesForYou: "Pakete für Sie",
  overview: "Übersicht",
  files: "Dateien",
  workflows: "Workflows",
  insight: "Einblick",
};
