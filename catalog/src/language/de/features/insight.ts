import type { t as english } from "@/language/en/features/insight";
import { counted } from "@/language/language";

export const t: typeof english = {
  // BucketInsightPage, PackageInsightPage
  insightOf: name => `Einblick in ${name}`,
  loadingTheInsight: "Der Einblick wird geladen",
  addingUpThePackages: "Die Pakete werden zusammengezählt",
  noPackagesYet: "Noch keine Pakete",
  onceTheBucketHasPackages: "Sobald der Bucket Pakete hat, zeigt diese Seite, wie sie wachsen.",
  packages: "Pakete",
  package: "Paket",
  latestRevision: "Neueste Revision",
  size: "Größe",
  files: "Dateien",
  pushes: "Pushes",
  revisions: "Revisionen",
  addedUp: "Zusammengezählt",
  kinds: "Arten",
  largestPackages: "Größte Pakete",
  oldestPushesAreLeftOut: pushes =>
    `Das Paket hat ${pushes} Pushes. Die ältesten sind im Folgenden nicht enthalten.`,
  // KindsBar
  kindsAreNotKnown: "Die Arten sind noch nicht zusammengezählt.",
  noBytes: "Es gibt keine Bytes.",
  // GrowthPanels
  sizeBetween: (from, to, first, last) => `Größe von ${from} bis ${to}: zuerst ${first}, zuletzt ${last}`,
  pushesBetween: (pushes, from, to, most, when) =>
    `${counted(pushes, "Push", "Pushes")} von ${from} bis ${to}; die meisten, ${most}, in ${when}`,
  pushesByDay: "Pushes nach Tagen",
  pushesByWeek: "Pushes nach Wochen",
  pushesByMonth: "Pushes nach Monaten",
  weekOf: day => `Woche ab ${day}`,
  countedPushes: pushes => counted(pushes, "Push", "Pushes"),
  asATable: "Als Tabelle",
  growth: "Wachstum",
  time: "Zeit",
  sizeAtItsEnd: "Größe am Ende",
  filesAtItsEnd: "Dateien am Ende",
  // Pushers
  mostPushes: "Meiste Pushes",
  thoseWhoPushMost: "Wer am meisten pusht",
  by: "Von",
  last: "Zuletzt",
  unknown: "unbekannt",
  // Uses
  useByWeek: "Nutzung nach Wochen",
  installs: "Installationen",
  previews: "Vorschauen",
  archives: "Archive",
  gatewayReads: "Lesezugriffe über das Paket-Gateway",
  s3Reads: "Lesezugriffe direkt aus S3",
  countedInstalls: uses => counted(uses, "Installation", "Installationen"),
  countedPreviews: uses => counted(uses, "Vorschau", "Vorschauen"),
  countedArchives: uses => counted(uses, "Archiv", "Archive"),
  countedReads: uses => counted(uses, "Lesevorgang", "Lesevorgänge"),
  inAll: uses => `${uses} insgesamt`,
  inThePastWeeks: (uses, weeks) => `${uses} in den letzten ${counted(weeks, "Woche", "Wochen")}`,
  thisWeek: "diese Woche",
  weeksAgo: weeks => `vor ${counted(weeks, "Woche", "Wochen")}`,
  notCounted: "nicht gezählt",
  countedSince: day =>
    `Installationen und Lesezugriffe direkt aus S3 werden in Protokollen von S3 gezählt, seit dem ${day}. Die Protokolle kommen Minuten bis Stunden nach den Zugriffen.`,
  clientsReadFromS3:
    "quilt3 liest Pakete direkt aus S3. Seine Installationen lassen sich in CloudTrail oder in Zugriffsprotokollen von S3 zählen, wenn die Administratoren das eingerichtet haben.",
};
