import { section } from "@/language/language";

export const t = section("lib", {
  // block
  tables: "tables",
  images: "images",
  text: "text",
  arrays: "arrays",
  sequences: "sequences",
  other: "other",
  kindShare: (kind: string, percent: number) => `${kind} ${percent}%`,
  kindUnder1: (kind: string) => `${kind} under 1%`,
  // errors
  somethingWentWrongOnThisPage: "Something went wrong on this page.",
  messageTryAgainInRetryAfterS: (message: string, retryAfter: number) =>
    `${message} Try again in ${retryAfter} s.`,
  // format
  justNow: "just now",
  // forms
  atLeast8CharactersAndNot: "At least 8 characters, and not one that is easy to guess.",
  theTwoPasswordsAreNotThe: "The two passwords are not the same.",
  // sorting
  fieldFalling: (field: string) => `${field}, falling`,
  fieldRising: (field: string) => `${field}, rising`,
});
