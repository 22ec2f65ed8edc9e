import { section } from "@/language/language";

export const t = section("lib", {
  // errors
  somethingWentWrong: "Something went wrong on this page.",
  tryAgainS: (message: string, retryAfter: number) => `${message} Try again in ${retryAfter} s.`,
  // format
  justNow: "just now",
});
