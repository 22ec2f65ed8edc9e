import { expect, test } from "vitest";
import { RequestError } from "./errors";
import { ACCOUNT_FIELDS, passwordProblem, sorted } from "./forms";

const refused = (code: string | null) =>
  new RequestError({ status: 400, trouble: "refused", message: "No.", code });

test("refusals stand by the field that they are about", () => {
  expect(sorted(refused("email_taken"), ACCOUNT_FIELDS)).toEqual({ field: "email", message: "No." });
  expect(sorted(refused("elsewhere"), ACCOUNT_FIELDS)).toEqual({ field: null, message: "No." });
  expect(sorted(refused(null), ACCOUNT_FIELDS)?.field).toBeNull();
  expect(sorted(new Error("bug"), ACCOUNT_FIELDS)).toBeNull();
});

test.each([
  ["correct horse", "correct horse", null],
  ["correct horse", "correct house", "not the same"],
  ["😀😀😀😀", "😀😀😀😀", "8 characters"],
])("%s and %s", (password, again, problem) => {
  const found = passwordProblem(password, again);
  if (problem) expect(found).toContain(problem);
  else expect(found).toBeNull();
});
