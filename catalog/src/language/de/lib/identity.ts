import type { t as english } from "@/language/en/lib/identity";

export const t: typeof english = {
  // agents
  unknownProgram: "Unbekanntes Programm",
  nameOnPlatform: (name, platform) => `${name} unter ${platform}`,
  // audit
  aSession: "einer Sitzung",
  anAPIKey: "einem API-Schlüssel",
  aCommand: "einem Befehl",
  nothing: "nichts",
  // sso
  nobodyHereHasAnAccountFor:
    "Zu dieser Identität gibt es hier kein Konto. Bitten Sie die Administration um eines.",
  addressesOfThatDomainMayNot: "Adressen dieser Domain dürfen sich hier nicht anmelden.",
  yourSignInProviderHasNot:
    "Ihr Anmeldedienst hat Ihre E-Mail-Adresse nicht bestätigt. Bestätigen Sie sie zuerst dort.",
  theSignInProviderIsNot: "Der Anmeldedienst antwortet nicht. Versuchen Sie es noch einmal.",
  thisSignInProviderNoLonger: "Diesen Anmeldedienst gibt es nicht mehr.",
  tooManyAttemptsFromYourAddress:
    "Zu viele Versuche von Ihrer Adresse. Warten Sie eine Minute, und versuchen Sie es dann noch einmal.",
  signingInFailedTryAgain: "Die Anmeldung ist fehlgeschlagen. Versuchen Sie es noch einmal.",
  itCannotBeRead: "Es ist nicht lesbar",
  thisIsNotJSONMessage: message => `Das ist kein JSON: ${message}.`,
  claimsMustBeAJSONObject: "Claims müssen ein JSON-Objekt in geschweiften Klammern sein.",
  // permissions
  read: "Lesen",
  readAndWrite: "Lesen und schreiben",
  everyBucket: "jeden Bucket",
  bucketsBuckets: buckets => `${buckets} Buckets`,
  writeEveryBucket: "jeden Bucket schreiben",
  writeWrite: write => `${write} schreiben`,
  readRead: read => `${read} lesen`,
};
