import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { renderSignedOut } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { SignUpPage } from "./SignUpPage";

const PASSWORD = "correct horse battery";

let made: unknown[] = [];
let signedIn: unknown[] = [];

beforeEach(() => {
  [made, signedIn] = [[], []];
  server.use(
    http.get(`${REGISTRY}/api/v1/sso`, () =>
      HttpResponse.json({ password: true, sign_up: "invite", providers: [] }),
    ),
    http.post(`${REGISTRY}/api/v1/accounts/invitation`, async ({ request }) => {
      const { invitation } = (await request.json()) as { invitation: string };
      return invitation === "good"
        ? HttpResponse.json({ email: "amy@example.com", name: "amy", invited_by: "boss" })
        : HttpResponse.json(
            { title: "Sign-up needs an invitation here", status: 403, detail: "Yours has expired." },
            { status: 403 },
          );
    }),
    http.post(`${REGISTRY}/api/v1/accounts`, async ({ request }) => {
      made.push(await request.json());
      return HttpResponse.json({ is_active: true }, { status: 201 });
    }),
    http.post(`${REGISTRY}/api/v1/session`, async ({ request }) => {
      signedIn.push(await request.json());
      return HttpResponse.json({ token: "a token", exp: Date.now() / 1000 + 3600 });
    }),
  );
});

test("an invited person needs a password only, and is signed in by accepting", async () => {
  const { user } = renderSignedOut(<SignUpPage />, "/signup?invitation=good");
  await screen.findByText(/boss invites you/);
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "User name" }).value).toBe("amy");
  expect(screen.getByText("amy@example.com")).toBeTruthy();
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.type(screen.getByLabelText("Password, again"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Make my account" }));
  await waitFor(() => expect(signedIn).toMatchObject([{ password: PASSWORD }]));
  expect(made).toEqual([
    { username: "amy", email: "amy@example.com", password: PASSWORD, invitation: "good" },
  ]);
});

test("an invitation that has ended is explained before anything is typed", async () => {
  renderSignedOut(<SignUpPage />, "/signup?invitation=old");
  await screen.findByText(/Yours has expired/);
  expect(screen.queryByLabelText("Password")).toBeNull();
});
