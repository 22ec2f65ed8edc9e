import type { t as english } from "@/language/en/lib";

export const t: typeof english = {
  // block
  tables: "Tabellen",
  images: "Bilder",
  text: "Text",
  arrays: "Arrays",
  sequences: "Sequenzen",
  other: "Sonstiges",
  kindShare: (kind, percent) => `${kind} ${percent} %`,
  kindUnder1: kind => `${kind} unter 1 %`,
  // errors
  somethingWentWrongOnThisPage: "Auf dieser Seite ist etwas schiefgegangen.",
  messageTryAgainInRetryAfterS: (message, retryAfter) =>
    `${message} Versuchen Sie es in ${retryAfter} s noch einmal.`,
  // format
  justNow: "gerade eben",
  // forms
  atLeast8CharactersAndNot: "Mindestens 8 Zeichen, und nicht leicht zu erraten.",
  theTwoPasswordsAreNotThe: "Die beiden Passwörter sind nicht gleich.",
  // sorting
  fieldFalling: field => `${field}, absteigend`,
  fieldRising: field => `${field}, aufsteigend`,
};
