import type { t as english } from "@/language/en/lib/block";

export const t: typeof english = {
  // block
  tables: "Tabellen",
  images: "Bilder",
  text: "Text",
  arrays: "Arrays",
  sequences: "Sequenzen",
  other: "Sonstiges",
  kindPercent: (kind, percent) => `${kind} ${percent} %`,
  under1: kind => `${kind} unter 1 %`,
  // sorting
  fallingField: field => `${field}, absteigend`,
  risingField: field => `${field}, aufsteigend`,
};
