import { expect, test } from "vitest";
import { RequestError } from "./errors";
import { ACCOUNT_FIELDS, passwordProblem, refusalOf } from "./forms";

const refused = (code: string | null) =>
  new RequestError({ status: 400, trouble: "refused", message: "No.", code });

test("refusals stand by the field that they are about", () => {
  const taken = refusalOf(refused("email_taken"), ACCOUNT_FIELDS);
  expect([taken.on("email"), taken.on("password"), taken.other]).toEqual(["No.", null, null]);
});

test.each([refused("elsewhere"), refused(null), new Error("bug")])("%s is about no field", error => {
  const refusal = refusalOf(error, ACCOUNT_FIELDS);
  expect([refusal.on("email"), refusal.other]).toEqual([null, error]);
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
