/** Which field of a form a refusal is about. */
import { t } from "@/language/en/lib/identity";
import { RequestError } from "./errors";

export interface Refusal<Field extends string> {
  /** What is wrong with a field; null when the refusal is not about it. */
  on: (field: Field) => string | null;
  /** The error, when it is about no field. */
  other: unknown;
}

/** Sorts a failure by the field that the problem's slug is about. */
export function refusalOf<Field extends string>(
  error: unknown,
  slugs: Readonly<Record<string, Field>>,
): Refusal<Field> {
  const field = error instanceof RequestError ? (slugs[error.code ?? ""] ?? null) : null;
  return {
    on: asked => (field === asked && error instanceof RequestError ? error.message : null),
    other: field === null ? error : null,
  };
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

export const CODE_FIELDS = {
  wrong_password: "password",
  wrong_code: "code",
} as const;

export const passwordHelp = () => t.least8Characters;

/** What is wrong with a new password, typed twice, before the server sees it. */
export function passwordProblem(password: string, again: string): string | null {
  if (Array.from(password).length < 8) return passwordHelp();
  return password === again ? null : t.twoPasswordsNot;
}
