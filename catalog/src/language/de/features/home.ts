import type { t as english } from "@/language/en/features/home";
import { counted } from "@/language/language";

export const t: typeof english = {
  // BucketRail
  buckets: "Buckets",
  addABucket: "Bucket hinzufügen",
  all: "Alle",
  filterBuckets: "Buckets filtern",
  loadingBuckets: "Buckets werden geladen",
  youSeeNoBucketYet: "Sie sehen noch keinen Bucket.",
  showMore: "Mehr anzeigen",
  packages: packages => counted(packages, "Paket", "Pakete"),
  noPackages: "keine Pakete",
  // Examples
  forExample: "Zum Beispiel",
  // FirstSteps
  almostThere: "Fast geschafft",
  threeStepsToTheFirstData: "Drei Schritte zum ersten Datensatz",
  aBucket: "Ein Bucket",
  titleIsRegistered: title => `${title} ist registriert.`,
  dataStayInYourOwnS3:
    "Daten bleiben in Ihren eigenen S3-Buckets. Registrieren Sie einen vorhandenen, oder legen Sie einen neuen an.",
  registerABucket: "Bucket registrieren",
  yourRoleIncludesNoBucketAsk:
    "Ihre Rolle umfasst keinen Bucket. Bitten Sie die Administration, einen zu registrieren oder Ihnen eine Rolle zu geben, die einen liest.",
  aPackage: "Ein Paket",
  theFirstPackageIsPushed: "Das erste Paket ist gepusht.",
  filesAREADMEAndMetadataUnder:
    "Dateien, eine README und Metadaten unter einem Namen; jede Version bleibt erhalten. Pushen Sie im Browser:",
  pushFiles: "Dateien pushen",
  orFromPythonOnAMachine:
    "oder mit Python, auf einem Rechner, der wie auf der Seite „Einrichten“ beschrieben eingerichtet ist:",
  python: "Python",
  setUpAMachine: "Rechner einrichten",
  yourRoleReadsButDoesNot:
    "Ihre Rolle liest hier, schreibt aber nicht. Jemand mit einer Rolle, die schreibt, pusht das erste Paket.",
  people: "Personen",
  inviteThePeopleWhoUseThe:
    "Laden Sie die Menschen ein, die mit den Daten arbeiten, mit einer Rolle, die den Bucket liest.",
  invitePeople: "Personen einladen",
  whoeverHasARoleThatReads: "Wer eine Rolle hat, die den Bucket liest, findet das Paket hier.",
  done: " (erledigt)",
  // HomePage
  home: "Startseite",
  findData: "Daten finden",
  bookmarked: "Mit Lesezeichen",
  yours: "Ihre Pakete",
  recentlyUpdated: "Zuletzt aktualisiert",
  loadingPackages: "Pakete werden geladen",
  packagesAreListedHereAsSoon: "Pakete stehen hier, sobald der Suchindex sie hat.",
  theIndexIsBeingMade: "Der Index wird aufgebaut",
  // InstallPage
  install: "Einrichten",
  workWithPackagesFromYourOwn: "Arbeiten Sie auf Ihrem eigenen Rechner mit Paketen",
  withTheQuilt3ClientFromA: "Mit dem Client quilt3, in einer Shell oder mit Python ab 3.9.",
  n1SetUpOnce: "1 · Einmal einrichten",
  shell: "Shell",
  n2InstallAPackage: "2 · Ein Paket installieren",
  orFromPython: "Oder mit Python",
  addressesOfThisInstance: "Adressen dieser Installation",
  catalog: "Katalog",
  registry: "Registry",
};
