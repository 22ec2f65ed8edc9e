import { isJsonObject, type Json, parseJson } from "./json";

/** What a sign-in with a provider came back with, by the problem's slug. */
const PROBLEMS: Record<string, string> = {
  account_unknown: "Nobody here has an account for that identity. Ask an administrator for one.",
  domain_refused: "Addresses of that domain may not sign in here.",
  email_unverified: "Your sign-in provider has not confirmed your e-mail address. Confirm it there first.",
  provider_failed: "The sign-in provider is not responding. Try again.",
  provider_not_found: "This sign-in provider no longer exists.",
  too_many_tries: "Too many attempts from your address. Wait a minute, then try again.",
};

export function ssoProblem(slug: string): string {
  return PROBLEMS[slug] ?? "Signing in failed. Try again.";
}

/** A text that should be a JSON object: claims of an ID token. */
export function claimsOf(text: string): { claims: Record<string, unknown> } | { problem: string } {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}.` };
  }
  if (!isJsonObject(value)) return { problem: "Claims must be a JSON object, in braces." };
  return { claims: value };
}
