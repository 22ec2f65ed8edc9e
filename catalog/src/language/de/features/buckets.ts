import type { t as english } from "@/language/en/features/buckets";
import { counted, plural } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // BucketActions
  edit: "Bearbeiten",
  editName: name => `${name} bearbeiten`,
  unregister: "Austragen",
  unregisterName: name => `${name} austragen?`,
  itDisappearsFromTheCatalogAnd:
    "Er verschwindet aus dem Katalog und aus der Suche. Sein Inhalt bleibt in S3, und er kann wieder hinzugefügt werden.",
  // BucketForm
  title: "Titel",
  description: "Beschreibung",
  tags: "Schlagwörter",
  separatedByCommas: "Durch Kommas getrennt.",
  filesWhoseContentCanBeSearched: "Dateien, deren Inhalt durchsuchbar ist",
  allTextsTablesAndDocuments: "alle Texte, Tabellen und Dokumente",
  extensionsSeparatedByCommasForExample:
    "Endungen, durch Kommas getrennt, zum Beispiel .csv, .md. Vorhandene Dateien werden neu gelesen.",
  contentOfAFileThatCan: "Durchsuchbarer Inhalt einer Datei",
  countedFromTheBeginningOfThe: "Vom Anfang der Datei an gezählt. Höchstens 10 MiB; 0 bedeutet keinen.",
  reportsOfS3Inventory: "Berichte von S3 Inventory",
  none: "keine",
  theirFolderS3BucketPrefixSource:
    "Ihr Ordner, s3://bucket/prefix/source/configuration. Der Index eines sehr großen Buckets wird mit ihnen verglichen statt nur mit Auflistungen.",
  n3To63LowerCaseLetters: "3 bis 63 Kleinbuchstaben, Ziffern, Punkte und Bindestriche.",
  addABucket: "Bucket hinzufügen",
  theRegistryCreatesTheBucketIn:
    "Die Registry legt den Bucket in S3 an, oder übernimmt ihn mit allem, was darin ist, wenn es ihn gibt.",
  addBucket: "Bucket hinzufügen",
  nameIsRegisteredAlready: name => `${name} ist schon registriert.`,
  bucketName: "Name des Buckets",
  shownToPeopleDefaultsToThe: "Wird Menschen gezeigt. Ohne Angabe ist es der Name des Buckets.",
  aWholeNumber: "Eine ganze Zahl.",
  whatPeopleSeeOfTheBucket: "Was Menschen vom Bucket sehen, und was sie darin finden.",
  save: "Speichern",
  setUpAgain: "Neu einrichten",
  versioningCORSAndNotificationsAreSet:
    "Versionierung, CORS und Benachrichtigungen sind neu eingerichtet, und der Index wird geprüft.",
  aBucketNeedsATitle: "Ein Bucket braucht einen Titel.",
  relevance: "Gewicht",
  bucketsWithAHigherNumberCome:
    "Buckets mit einer höheren Zahl stehen weiter oben. Übersichten verbergen Buckets mit einer negativen.",
  aSizeOfAtMost10: "Eine Größe von höchstens 10 MiB, zum Beispiel 256 KiB.",
  // BucketOverviewPage
  overviewOfTitle: title => `Übersicht über ${title}`,
  about: "Über diesen Bucket",
  bucket: "Bucket",
  packages: "Pakete",
  size: "Größe",
  holds: "Enthält",
  yourAccess: "Ihr Zugriff",
  added: "Hinzugefügt",
  addedBy: "Hinzugefügt von",
  moreThanWrongRevisions: wrong => `Mehr als ${wrong} Revisionen`,
  revisions: wrong => counted(wrong, "Revision", "Revisionen"),
  seeWhatIsWrong: "Ansehen, was nicht stimmt",
  wrongOfPackagesHereCannotBe: (wrong, seeWhat) =>
    rich`Nicht anzeigbar: ${wrong} von Paketen hier. ${seeWhat}`,
  readAndWrite: "lesen und schreiben",
  read: "lesen",
  packagesThatAreSharedWithYou: "Pakete, die mit Ihnen geteilt sind",
  latestPackages: "Neueste Pakete",
  allPackages: "Alle Pakete",
  loadingPackages: "Pakete werden geladen",
  aCodeAtTheTopOf: code =>
    rich`Eine ${code} zuoberst im Bucket wird hier angezeigt. Beschreiben Sie darin, wofür dieser Bucket da ist.`,
  noREADMEYet: "Noch keine README",
  loadingTheREADME: "Die README wird geladen",
  // BucketsAdminPage
  actions: "Aktionen",
  packagesOfQuilt2: "Pakete von Quilt 2",
  settingsOfTheInstance: "Einstellungen der Installation",
  buckets: "Buckets",
  allBucketsThatAreRegisteredHere: "Alle Buckets, die hier registriert sind.",
  loadingBuckets: "Buckets werden geladen",
  addTheFirstOneAnExisting: "Fügen Sie den ersten hinzu: einen vorhandenen S3-Bucket oder einen neuen.",
  noBucketsYet: "Noch keine Buckets",
  // BucketsPage
  whereYourTeamsKeepTheirData: "Wo Ihre Teams ihre Datenpakete und Dateien aufbewahren.",
  filterBuckets: "Buckets filtern",
  yourRoleDoesNotIncludeAny: "Ihre Rolle umfasst keinen Bucket. Bitten Sie die Administration um Zugriff.",
  errorTheListBelowMayBe: error => `${error} Die Liste unten ist vielleicht nicht aktuell.`,
  noBucketIsCalledFilter: filter => `Kein Bucket heißt „${filter}“`,
  showMore: "Mehr anzeigen",
  packagesTotalBytesUpdatedAgo: (packages, totalBytes, ago) =>
    rich`${counted(packages, "Paket", "Pakete")}, ${totalBytes}, aktualisiert ${ago}`,
  // CompletenessPanel
  index: "Index",
  comparingTheIndexWithTheBucket: "Der Index wird mit dem Bucket verglichen",
  completeUpTo: "Vollständig bis",
  lastCompared: "Zuletzt verglichen",
  reportOfS3Inventory: "Bericht von S3 Inventory",
  objects: "Objekte",
  pushes: "Pushes",
  manifests: "Manifeste",
  contentsToBeRead: "Noch zu lesende Inhalte",
  files: unreadObjects => counted(unreadObjects, "Datei", "Dateien"),
  problems: "Probleme",
  revisions2: problems => counted(problems, "Revision", "Revisionen"),
  noneYet: "noch keiner",
  theBucketIsBeingComparedWith: (parts, parts2) =>
    `Der Bucket wird mit dem Index verglichen: ${parts} von ${counted(parts2, "Teil", "Teilen")} fertig.`,
  keysOfTheBucketCouldNot: differing =>
    `${counted(differing, "Schlüssel", "Schlüssel")} des Buckets ${plural(differing, { one: "konnte", other: "konnten" })} nicht in den Index aufgenommen werden. Das wird noch einmal versucht.`,
  partsOfTheBucketMayHave: partsSuspected =>
    `${counted(partsSuspected, "Teil", "Teile")} des Buckets ${plural(partsSuspected, { one: "hat", other: "haben" })} vielleicht Änderungen, die noch nicht im Index sind. Sie werden als Nächstes verglichen.`,
  everythingInTheBucketIsIn: "Alles im Bucket ist im Index.",
  countInS3Count2InThe: (count, count2) => `${count} in S3, ${count2} im Index`,
};
