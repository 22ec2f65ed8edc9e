import { t } from "@/language/en/lib/identity";
import { isJsonObject, type Json, parseJson } from "./json";

/** What a sign-in with a provider came back with, by the problem's slug. */
const problems = (): Record<string, string> => ({
  account_unknown: t.nobodyHereHasAnAccountFor,
  domain_refused: t.addressesOfThatDomainMayNot,
  email_unverified: t.yourSignInProviderHasNot,
  provider_failed: t.theSignInProviderIsNot,
  provider_not_found: t.thisSignInProviderNoLonger,
  too_many_tries: t.tooManyAttemptsFromYourAddress,
});

export function ssoProblem(slug: string): string {
  return problems()[slug] ?? t.signingInFailedTryAgain;
}

/** A text that should be a JSON object: claims of an ID token. */
export function claimsOf(text: string): { claims: Record<string, unknown> } | { problem: string } {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return { problem: t.thisIsNotJSONMessage(error instanceof Error ? error.message : t.itCannotBeRead) };
  }
  if (!isJsonObject(value)) return { problem: t.claimsMustBeAJSONObject };
  return { claims: value };
}
