import { section } from "@/language/language";

export const t = section("features/preferences", {
  // PreferencesPage
  preferencesOfBucket: (bucket: string) => `Preferences of ${bucket}`,
  preferences: "Preferences",
  whatThisBucketsPagesShowAnd:
    "What this bucket's pages show and offer to everybody. They are no protection: roles decide what people may do.",
  loadingThePreferences: "Loading the preferences",
  somebodyElseHasSavedOtherPreferences:
    "Somebody else has saved other preferences. Copy what you wrote, and load this page again.",
  startWithTheDefaults: "Start with the defaults",
  save: "Save",
  thisIsNotYAMLYetAnd: (reason: string) => `This is not YAML yet, and cannot be saved: ${reason}`,
  thisHasNoEffect: "This has no effect:",
  saved: "Saved.",
  yourRoleMayOnlyReadBucket: (bucket: string) =>
    `Your role may only read ${bucket}: preferences cannot be saved.`,
  whatEachKeyDoes: "What each key does",
  shown: "shown",
  hidden: "hidden",
  keptForQuilt: "kept for Quilt",
  nowSourceBuckets: (sourceBuckets: string) => ` Now: ${sourceBuckets}.`,
});
