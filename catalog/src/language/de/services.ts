import type { t as english } from "@/language/en/services";

export const t: typeof english = {
  // client
  registry: "Die Registry",
  sessionEnded: "Ihre Sitzung ist abgelaufen.",
  // config
  catalogsConfigurationCannot: "Die Konfiguration des Katalogs ist nicht erreichbar.",
  catalogsConfigurationCannotRead: status =>
    `Die Konfiguration des Katalogs ist nicht lesbar (HTTP ${status}).`,
  // transport
  didNotAnswer: who => `${who} hat innerhalb einer Minute nicht geantwortet.`,
  answeredButNot: who => `${who} hat geantwortet, aber so, dass diese Seite es nicht lesen kann.`,
  cannotReached: who => `${who} ist nicht erreichbar.`,
  answerCutOff: who => `${who} hat eine Antwort gesendet, die abgeschnitten ist.`,
  // client
  fileStore: "Der Dateispeicher",
  moreThanFiles: (most, prefix) => `In ${prefix} liegen mehr als ${most} Dateien.`,
  beganNoUpload: who => `${who} hat keinen Upload begonnen.`,
  browsersCannotAsk:
    "Browser können nach Schlüsseln mit „.“ oder „..“ als Abschnitt nicht fragen; nehmen Sie dafür einen Client.",
  contentCameBut:
    "Der Inhalt kam an, ist aber nicht lesbar: Er wurde abgeschnitten, oder die Datei ist mit einem Content-Encoding gespeichert, das sie nicht hat. Laden Sie sie herunter, um hineinzusehen.",
  fileChangedSomebody: "Die Datei wurde inzwischen von jemand anderem geändert.",
  roleDoesNot: "Ihre Rolle erlaubt das nicht.",
  noSuchFile: "Diese Datei gibt es nicht.",
  noSuchBucket: "Diesen Bucket gibt es nicht.",
  versionFileGone: "Diese Version der Datei ist nicht mehr vorhanden.",
  refusedHttp: (who, status) => `${who} hat abgelehnt (HTTP ${status}).`,
  // credentials
  computersClockAhead:
    "Die Uhr dieses Rechners geht gegenüber der Registry vor: Der Zugriff auf Dateien funktioniert erst, wenn sie stimmt.",
};
