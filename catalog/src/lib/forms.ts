/** Which field of a form a refusal is about. */
import { RequestError } from "./errors";

/** The message for each field by the problem's slug; what is about no field is `null`'s. */
export function sorted<Field extends string>(
  error: unknown,
  slugs: Readonly<Record<string, Field>>,
): { field: Field | null; message: string } | null {
  if (!(error instanceof RequestError)) return null;
  return { field: slugs[error.code ?? ""] ?? null, message: error.message };
}

export const ACCOUNT_FIELDS = {
  invalid_user_name: "username",
  name_taken: "username",
  invalid_email: "email",
  email_taken: "email",
  domain_refused: "email",
  weak_password: "password",
  wrong_password: "current",
} as const;

export const PASSWORD_HELP = "At least 8 characters, and not one that is easy to guess.";

/** What is wrong with two passwords before anybody is asked. */
export function passwordProblem(password: string, again: string): string | null {
  if (Array.from(password).length < 8) return PASSWORD_HELP;
  return password === again ? null : "The two are not the same.";
}
