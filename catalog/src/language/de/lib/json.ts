import type { t as english } from "@/language/en/lib/json";

export const t: typeof english = {
  // json
  end: "das Ende",
  nameDoubleQuotes: "ein Name in doppelten Anführungszeichen",
  textNotClosed: "ein Text ist nicht abgeschlossen",
  textLineBreak: "ein Text hat einen Zeilenumbruch, ein Steuerzeichen oder eine unbekannte Escape-Folge",
  nestedDeeperThan: maxJsonDepth => `es ist tiefer als ${maxJsonDepth} Ebenen verschachtelt`,
  value: "ein Wert",
  missingEnd: wanted => `am Ende fehlt: ${wanted}`,
  standsWhereShould: (found, wanted) => `„${found}“ steht da, wo etwas anderes erwartet wird: ${wanted}`,
  // metadata
  notJson: (text, message) => `Das ist kein JSON (${text}): ${message}.`,
  metadataMustJson: "Metadaten müssen ein JSON-Objekt sein: { … }.",
  lineColumn: (before, before2) => `Zeile ${before}, Spalte ${before2}`,
  tooLargeNumber: (path, text) =>
    `${path}: ${text} ist zu groß für eine Zahl. Schreiben Sie es als Text in Anführungszeichen.`,
  registryWouldKeep: (path, text, kept) =>
    `${path}: Die Registry würde ${text} als ${kept} speichern. Schreiben Sie es als Text in Anführungszeichen.`,
  nameGivenTwice: inner =>
    `Der Name ${inner} kommt zweimal vor. Entfernen Sie einen davon, oder benennen Sie ihn um.`,
};
