import type { t as english } from "@/language/en/features/home";
import { counted } from "@/language/language";

export const t: typeof english = {
  // BucketRail
  buckets: "Buckets",
  addBucket: "Bucket hinzufügen",
  all: "Alle",
  filterBuckets: "Buckets filtern",
  loadingBuckets: "Buckets werden geladen",
  seeNoBucket: "Sie sehen noch keinen Bucket.",
  showMore: "Mehr anzeigen",
  packagesPackages: packages => counted(packages, "Paket", "Pakete"),
  noPackages: "keine Pakete",
  // Examples
  example: "Zum Beispiel",
  // FirstSteps
  almost: "Fast geschafft",
  threeStepsFirst: "Drei Schritte zum ersten Datensatz",
  bucket: "Ein Bucket",
  registeredTitle: title => `${title} ist registriert.`,
  dataStayOwn:
    "Daten bleiben in Ihren eigenen S3-Buckets. Registrieren Sie einen vorhandenen, oder legen Sie einen neuen an.",
  registerBucket: "Bucket registrieren",
  roleIncludesNo:
    "Ihre Rolle umfasst keinen Bucket. Bitten Sie die Administration, einen zu registrieren oder Ihnen eine Rolle zu geben, die einen liest.",
  package: "Ein Paket",
  firstPackagePushed: "Das erste Paket ist gepusht.",
  filesReadmeMetadata:
    "Dateien, eine README und Metadaten unter einem Namen; jede Version bleibt erhalten. Pushen Sie im Browser:",
  pushFiles: "Dateien pushen",
  pythonMachineSet:
    "oder mit Python, auf einem Rechner, der wie auf der Seite „Einrichten“ beschrieben eingerichtet ist:",
  python: "Python",
  setUpMachine: "Rechner einrichten",
  roleReadsBut:
    "Ihre Rolle liest hier, schreibt aber nicht. Jemand mit einer Rolle, die schreibt, pusht das erste Paket.",
  people: "Personen",
  invitePeopleUse:
    "Laden Sie die Menschen ein, die mit den Daten arbeiten, mit einer Rolle, die den Bucket liest.",
  invitePeople: "Personen einladen",
  whoeverRoleReads: "Wer eine Rolle hat, die den Bucket liest, findet das Paket hier.",
  done: " (erledigt)",
  // HomePage
  home: "Startseite",
  findData: "Daten finden",
  bookmarked: "Mit Lesezeichen",
  yours: "Ihre Pakete",
  recentlyUpdated: "Zuletzt aktualisiert",
  loadingPackages: "Pakete werden geladen",
  packagesListedSoon: "Pakete stehen hier, sobald der Suchindex sie hat.",
  indexBeingMade: "Der Index wird aufgebaut",
  // InstallPage
  install: "Einrichten",
  workPackagesOwn: "Arbeiten Sie auf Ihrem eigenen Rechner mit Paketen",
  quilt3ClientShell: "Mit dem Client quilt3, in einer Shell oder mit Python ab 3.9.",
  n1SetUp: "1 · Einmal einrichten",
  shell: "Shell",
  n2InstallPackage: "2 · Ein Paket installieren",
  python2: "Oder mit Python",
  addressesInstance: "Adressen dieser Installation",
  catalog: "Katalog",
  registry: "Registry",
};
