import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { SignInPage } from "./SignInPage";

const refusal = (slug: string, detail: string) =>
  HttpResponse.json({ type: `/problems/${slug}`, status: 401, detail }, { status: 401 });

/** What was sent to sign in. */
let sent: unknown[];

beforeEach(() => {
  sent = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/sso`, () =>
      HttpResponse.json({ password: true, providers: [], sign_up: "off" }),
    ),
    http.post(`${REGISTRY}/api/v1/session`, async ({ request }) => {
      const body = (await request.json()) as { password: string; code?: string };
      sent.push(body);
      if (body.password !== "right") return refusal("login_failed", "Login attempt failed");
      if (body.code === undefined) return refusal("second_factor_required", "A code is needed as well");
      return body.code === "492039" || body.code === "aaaa-bbbb-cccc-dddd"
        ? HttpResponse.json({ token: "a token", exp: Date.now() / 1000 + 3_600 })
        : refusal("second_factor_refused", "The code is wrong, or it was used already");
    }),
  );
});

async function enterPassword(password: string) {
  const { user } = renderSignedIn(<SignInPage />);
  await user.type(await screen.findByLabelText("Name or e-mail address"), "amy");
  await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  return user;
}

test("a code is asked for after the right password only", async () => {
  const user = await enterPassword("wrong");
  await screen.findByText("Name and password do not match any account.");
  await user.clear(screen.getByLabelText("Password"));
  await user.type(screen.getByLabelText("Password"), "right");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await user.type(await screen.findByLabelText("Code of your authenticator app"), "000000");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText("The code is wrong, or it was used already");
  await user.clear(screen.getByLabelText("Code of your authenticator app"));
  await user.type(screen.getByLabelText("Code of your authenticator app"), "492039");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Sign in" })).toBeNull());
  expect(sent.at(-1)).toEqual({ username: "amy", password: "right", code: "492039" });
});

test("a recovery code signs in instead of a code", async () => {
  const user = await enterPassword("right");
  await user.click(await screen.findByRole("button", { name: "Use a recovery code" }));
  await user.type(screen.getByLabelText("Recovery code"), "aaaa-bbbb-cccc-dddd");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Sign in" })).toBeNull());
});

test("the way back from the code leads to the password", async () => {
  const user = await enterPassword("right");
  await user.click(await screen.findByRole("button", { name: "Back" }));
  expect(screen.getByLabelText("Password")).toBeDefined();
  expect(screen.queryByText("A code is needed as well")).toBeNull();
});
