import type { t as english } from "@/language/en/lib/preferences";

export const t: typeof english = {
  // preferences
  theTabFiles: "Der Reiter „Dateien“.",
  theTabWorkflows: "Der Reiter „Workflows“.",
  theTabPackages: "Der Reiter „Pakete“.",
  theTabQueriesQueriesAreNot:
    "Der Reiter „Abfragen“. Abfragen gehören hier zu keinem Bucket und stehen im Kontomenü.",
  makingPackagesFromFilesOfThe: "Pakete aus Dateien des Buckets und aus hochgeladenen Dateien erstellen.",
  revisingPackages: "Pakete überarbeiten.",
  promotingPackagesToOtherBuckets: "Pakete an andere Buckets weitergeben.",
  deletingRevisionsAndPackages: "Revisionen und Pakete löschen.",
  uploadingMakingEditingMovingAndDeleting:
    "Dateien hochladen, erstellen, bearbeiten, verschieben und löschen.",
  downloadingFilesOfTheBucket: "Dateien des Buckets herunterladen.",
  downloadingPackagesAndFilesOfPackages: "Pakete und Dateien von Paketen herunterladen.",
  restoringArchivedFiles: "Archivierte Dateien wiederherstellen.",
  theButtonForQuiltsDesktopProgram: "Die Schaltfläche für Quilts Desktop-Programm.",
  theListsOfFilesInThe: "Die Listen der Dateien, im Bucket und in Paketen.",
  theCodeThatInstallsAPackage: "Der Code, der ein Paket installiert.",
  theMetadataOfPackages: "Die Metadaten von Paketen.",
  picturesOfAFolderOfThe: "Bilder eines Ordners des Buckets.",
  picturesOfAFolderOfA: "Bilder eines Ordners eines Pakets.",
  picturesOnTheBucketsOverview: "Bilder in der Übersicht des Buckets.",
  picturesWhereAQuiltSummarizeJson: "Bilder, wo eine quilt_summarize.json vorgibt, was zu sehen ist.",
  downloadsOfAFile: "Downloads einer Datei.",
  quiltsAssistant: "Quilts Assistent.",
  quiltsSecondOverview: "Quilts zweite Übersicht.",
  bucketsThatFilesAreAddedTo:
    "Buckets, aus denen Dateien in Pakete aufgenommen werden. Ohne diese Angabe sind es alle.",
  theOneOfThemThatIs: "Derjenige davon, der zuerst offen ist.",
  metadataThatListsOfPackagesShow: "Metadaten, die in Paketlisten stehen.",
  metadataInListsLineByLine: "Metadaten in Listen, Zeile für Zeile.",
  theWorkgroupOfAthena: "Die Arbeitsgruppe von Athena.",
  pathMustBeAMapping: path => `${path} muss eine Zuordnung sein.`,
  pathMustBeTrueOrFalse: path => `${path} muss True oder False sein.`,
  pathNameIsNotKnown: (path, name) => `${path}.${name} ist nicht bekannt.`,
  theFile: "Die Datei",
  nameIsNotKnown: name => `${name} ist nicht bekannt.`,
  uiDefaultSourceBucketMustBeTheName: "ui.defaultSourceBucket muss der Name eines Buckets sein.",
};
