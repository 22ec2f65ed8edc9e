import type { t as english } from "@/language/en/features/preferences";

export const t: typeof english = {
  // PreferencesPage
  preferencesBucket: bucket => `Voreinstellungen von ${bucket}`,
  preferences: "Voreinstellungen",
  bucketsPagesShow:
    "Was die Seiten dieses Buckets allen zeigen und anbieten. Sie sind kein Schutz: Rollen legen fest, was Menschen tun dürfen.",
  loadingPreferences: "Die Voreinstellungen werden geladen",
  somebodyElseSaved:
    "Jemand anderes hat andere Voreinstellungen gespeichert. Kopieren Sie Ihren Text, und laden Sie diese Seite neu.",
  startDefaults: "Mit den Standardwerten beginnen",
  save: "Speichern",
  notYamlYet: reason => `Das ist noch kein YAML und kann nicht gespeichert werden: ${reason}`,
  noEffect: "Das hat keine Wirkung:",
  saved: "Gespeichert.",
  roleMayOnly: bucket =>
    `Ihre Rolle darf ${bucket} nur lesen: Voreinstellungen können nicht gespeichert werden.`,
  eachKeyDoes: "Was jeder Schlüssel bewirkt",
  shown: "angezeigt",
  hidden: "verborgen",
  keptQuilt: "für Quilt aufbewahrt",
  nowSourceBuckets: sourceBuckets => ` Jetzt: ${sourceBuckets}.`,
};
