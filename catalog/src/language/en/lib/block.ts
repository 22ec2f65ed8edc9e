import { section } from "@/language/language";

export const t = section("lib/block", {
  // block
  tables: "tables",
  images: "images",
  text: "text",
  arrays: "arrays",
  sequences: "sequences",
  other: "other",
  kindPercent: (kind: string, percent: number) => `${kind} ${percent}%`,
  under1: (kind: string) => `${kind} under 1%`,
  // sorting
  fallingField: (field: string) => `${field}, falling`,
  risingField: (field: string) => `${field}, rising`,
});
