/** German: a chunk of its own, loaded for those who read it. */
import type { Section, Translation } from "@/language/language";

const files = import.meta.glob<{ t: Section }>("./**/*.ts", { eager: true });

/** By the path of their files, as English has them. */
export const translation: Translation = Object.fromEntries(
  Object.entries(files).map(([path, { t }]) => [path.slice("./".length, -".ts".length), t]),
);
