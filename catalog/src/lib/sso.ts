import { t } from "@/language/en/lib/identity";
import { isJsonObject, type Json, parseJson } from "./json";

/** What a sign-in with a provider came back with, by the problem's slug. */
const problems = (): Record<string, string> => ({
  account_unknown: t.nobodyAccountIdentity,
  domain_refused: t.addressesDomainMay,
  email_unverified: t.signProviderNot,
  provider_failed: t.signProviderNotResponding,
  provider_not_found: t.signProviderNo,
  too_many_tries: t.tooManyAttempts,
});

export function ssoProblem(slug: string): string {
  return problems()[slug] ?? t.signingFailedTry;
}

/** A text that should be a JSON object: claims of an ID token. */
export function claimsOf(text: string): { claims: Record<string, unknown> } | { problem: string } {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return { problem: t.notJson(error instanceof Error ? error.message : t.cannotRead) };
  }
  if (!isJsonObject(value)) return { problem: t.claimsMustJson };
  return { claims: value };
}
