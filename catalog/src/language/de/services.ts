import type { t as english } from "@/language/en/services";

export const t: typeof english = {
  // client
  theRegistry: "Die Registry",
  yourSessionHasEnded: "Ihre Sitzung ist abgelaufen.",
  // config
  theCatalogsConfigurationCannotBeReached: "Die Konfiguration des Katalogs ist nicht erreichbar.",
  theCatalogsConfigurationCannotBeRead: status =>
    `Die Konfiguration des Katalogs ist nicht lesbar (HTTP ${status}).`,
  // transport
  whoDidNotAnswerWithinA: who => `${who} hat innerhalb einer Minute nicht geantwortet.`,
  whoAnsweredButNotInA: who => `${who} hat geantwortet, aber so, dass diese Seite es nicht lesen kann.`,
  whoCannotBeReached: who => `${who} ist nicht erreichbar.`,
  theAnswerOfWhoWasCut: who => `${who} hat eine Antwort gesendet, die abgeschnitten ist.`,
  // credentials
  thisComputersClockIsAheadOf:
    "Die Uhr dieses Rechners geht gegenüber der Registry vor: Der Zugriff auf Dateien funktioniert erst, wenn sie stimmt.",
  // downloads
  theFileStore: "Der Dateispeicher",
  // saving
  theConnectionWasCut: "Die Verbindung wurde unterbrochen.",
  theFileStoreCannotBeReached: "Der Dateispeicher ist nicht erreichbar.",
  theFileHasChangedSinceThe: "Die Datei hat sich geändert, seit das Paket gepusht wurde.",
  aFileOnThisMachineCannot: "Eine Datei auf diesem Rechner kann nicht so heißen.",
  aFolderOfThisNameIs: "Ein Ordner dieses Namens ist schon vorhanden.",
  theDiskIsFull: "Die Festplatte ist voll.",
  theBrowserMayNotWriteTo: "Der Browser darf in diesen Ordner nicht schreiben.",
  // client
  thereAreMoreThanMostFiles: (most, prefix) => `In ${prefix} liegen mehr als ${most} Dateien.`,
  whoBeganNoUpload: who => `${who} hat keinen Upload begonnen.`,
  browsersCannotAskForKeysWith:
    "Browser können nach Schlüsseln mit „.“ oder „..“ als Abschnitt nicht fragen; nehmen Sie dafür einen Client.",
  theContentCameButCannotBe:
    "Der Inhalt kam an, ist aber nicht lesbar: Er wurde abgeschnitten, oder die Datei ist mit einem Content-Encoding gespeichert, das sie nicht hat. Laden Sie sie herunter, um hineinzusehen.",
  theFileWasChangedBySomebody: "Die Datei wurde inzwischen von jemand anderem geändert.",
  yourRoleDoesNotAllowThis: "Ihre Rolle erlaubt das nicht.",
  thereIsNoSuchFile: "Diese Datei gibt es nicht.",
  thereIsNoSuchBucket: "Diesen Bucket gibt es nicht.",
  thisVersionOfTheFileIs: "Diese Version der Datei ist nicht mehr vorhanden.",
  whoRefusedHTTPStatus: (who, status) => `${who} hat abgelehnt (HTTP ${status}).`,
};
