import type { t as english } from "@/language/en/lib/json";

export const t: typeof english = {
  // json
  theEnd: "das Ende",
  aNameInDoubleQuotes: "ein Name in doppelten Anführungszeichen",
  aTextIsNotClosed: "ein Text ist nicht abgeschlossen",
  aTextHasALineBreak: "ein Text hat einen Zeilenumbruch, ein Steuerzeichen oder eine unbekannte Escape-Folge",
  itIsNestedDeeperThanMaxJsonDepth: maxJsonDepth => `es ist tiefer als ${maxJsonDepth} Ebenen verschachtelt`,
  aValue: "ein Wert",
  wantedIsMissingAtTheEnd: wanted => `am Ende fehlt: ${wanted}`,
  foundStandsWhereWantedShould: (found, wanted) =>
    `„${found}“ steht da, wo etwas anderes erwartet wird: ${wanted}`,
  // metadata
  thisIsNotJSONTextMessage: (text, message) => `Das ist kein JSON (${text}): ${message}.`,
  metadataMustBeAJSONObject: "Metadaten müssen ein JSON-Objekt sein: { … }.",
  lineBeforeColumnBefore2: (before, before2) => `Zeile ${before}, Spalte ${before2}`,
  pathTextIsTooLargeFor: (path, text) =>
    `${path}: ${text} ist zu groß für eine Zahl. Schreiben Sie es als Text in Anführungszeichen.`,
  pathTheRegistryWouldKeepText: (path, text, kept) =>
    `${path}: Die Registry würde ${text} als ${kept} speichern. Schreiben Sie es als Text in Anführungszeichen.`,
  theNameInnerIsGivenTwice: inner =>
    `Der Name ${inner} kommt zweimal vor. Entfernen Sie einen davon, oder benennen Sie ihn um.`,
};
