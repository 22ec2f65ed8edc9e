import type { t as english } from "@/language/en/lib/identity";

export const t: typeof english = {
  // agents
  unknownProgram: "Unbekanntes Programm",
  onNamePlatform: (name, platform) => `${name} unter ${platform}`,
  // audit
  session: "einer Sitzung",
  apiKey: "einem API-Schlüssel",
  command: "einem Befehl",
  nothing: "nichts",
  // forms
  least8Characters: "Mindestens 8 Zeichen, und nicht leicht zu erraten.",
  twoPasswordsNot: "Die beiden Passwörter sind nicht gleich.",
  // permissions
  read: "Lesen",
  readWrite: "Lesen und schreiben",
  everyBucket: "jeden Bucket",
  bucketsBuckets: buckets => `${buckets} Buckets`,
  writeEveryBucket: "jeden Bucket schreiben",
  writeWrite: write => `${write} schreiben`,
  readRead: read => `${read} lesen`,
  // sso
  nobodyAccountIdentity:
    "Zu dieser Identität gibt es hier kein Konto. Bitten Sie die Administration um eines.",
  addressesDomainMay: "Adressen dieser Domain dürfen sich hier nicht anmelden.",
  signProviderNot:
    "Ihr Anmeldedienst hat Ihre E-Mail-Adresse nicht bestätigt. Bestätigen Sie sie zuerst dort.",
  signProviderNotResponding: "Der Anmeldedienst antwortet nicht. Versuchen Sie es noch einmal.",
  signProviderNo: "Diesen Anmeldedienst gibt es nicht mehr.",
  tooManyAttempts:
    "Zu viele Versuche von Ihrer Adresse. Warten Sie eine Minute, und versuchen Sie es dann noch einmal.",
  signingFailedTry: "Die Anmeldung ist fehlgeschlagen. Versuchen Sie es noch einmal.",
  cannotRead: "Es ist nicht lesbar",
  notJson: message => `Das ist kein JSON: ${message}.`,
  claimsMustJson: "Claims müssen ein JSON-Objekt in geschweiften Klammern sein.",
};
