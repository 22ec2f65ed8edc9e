import type { t as english } from "@/language/en/lib";

export const t: typeof english = {
  // errors
  somethingWentWrong: "Auf dieser Seite ist etwas schiefgegangen.",
  tryAgainS: (message, retryAfter) => `${message} Versuchen Sie es in ${retryAfter} s noch einmal.`,
  // format
  justNow: "gerade eben",
};
