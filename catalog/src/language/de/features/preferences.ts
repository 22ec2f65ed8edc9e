import type { t as english } from "@/language/en/features/preferences";

export const t: typeof english = {
  // PreferencesPage
  preferencesOfBucket: bucket => `Voreinstellungen von ${bucket}`,
  preferences: "Voreinstellungen",
  whatThisBucketsPagesShowAnd:
    "Was die Seiten dieses Buckets allen zeigen und anbieten. Sie sind kein Schutz: Rollen legen fest, was Menschen tun dürfen.",
  loadingThePreferences: "Die Voreinstellungen werden geladen",
  somebodyElseHasSavedOtherPreferences:
    "Jemand anderes hat andere Voreinstellungen gespeichert. Kopieren Sie Ihren Text, und laden Sie diese Seite neu.",
  startWithTheDefaults: "Mit den Standardwerten beginnen",
  save: "Speichern",
  thisIsNotYAMLYetAnd: reason => `Das ist noch kein YAML und kann nicht gespeichert werden: ${reason}`,
  thisHasNoEffect: "Das hat keine Wirkung:",
  saved: "Gespeichert.",
  yourRoleMayOnlyReadBucket: bucket =>
    `Ihre Rolle darf ${bucket} nur lesen: Voreinstellungen können nicht gespeichert werden.`,
  whatEachKeyDoes: "Was jeder Schlüssel bewirkt",
  shown: "angezeigt",
  hidden: "verborgen",
  keptForQuilt: "für Quilt aufbewahrt",
  nowSourceBuckets: sourceBuckets => ` Jetzt: ${sourceBuckets}.`,
};
