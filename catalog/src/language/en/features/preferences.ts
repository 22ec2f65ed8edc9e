import { section } from "@/language/language";

export const t = section("features/preferences", {
  // PreferencesPage
  preferencesBucket: (bucket: string) => `Preferences of ${bucket}`,
  preferences: "Preferences",
  bucketsPagesShow:
    "What this bucket's pages show and offer to everybody. They are no protection: roles decide what people may do.",
  loadingPreferences: "Loading the preferences",
  somebodyElseSaved:
    "Somebody else has saved other preferences. Copy what you wrote, and load this page again.",
  startDefaults: "Start with the defaults",
  save: "Save",
  notYamlYet: (reason: string) => `This is not YAML yet, and cannot be saved: ${reason}`,
  noEffect: "This has no effect:",
  saved: "Saved.",
  roleMayOnly: (bucket: string) => `Your role may only read ${bucket}: preferences cannot be saved.`,
  eachKeyDoes: "What each key does",
  shown: "shown",
  hidden: "hidden",
  keptQuilt: "kept for Quilt",
  nowSourceBuckets: (sourceBuckets: string) => ` Now: ${sourceBuckets}.`,
});
