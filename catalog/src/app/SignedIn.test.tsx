import { useQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Suspense, useEffect } from "react";
import { Navigate, Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { useApi, useSession } from "@/api/context";
import { identity } from "@/api/identity";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { SignedIn } from "./SignedIn";

const MINE = `${REGISTRY}/api/v1/accounts/me/second-factor`;

function SignIn() {
  const { session } = useApi();
  const state = useSession();
  useEffect(() => void session.restore(), [session]);
  return state === "in" ? <Navigate to="/" /> : <p>Signing in</p>;
}

function Sessions() {
  const sessions = useQuery(identity.sessions(useApi()));
  return <p>{sessions.isSuccess ? "Your sessions" : "Not yet"}</p>;
}

test("somebody who must have a second factor sets it up before they see anything else", async () => {
  let enrolled = false;
  server.use(
    http.get(`${REGISTRY}/api/v1/sessions`, () =>
      enrolled
        ? HttpResponse.json({ items: [] })
        : HttpResponse.json(
            { type: "/problems/second_factor_missing", status: 403, detail: "Set one up" },
            { status: 403 },
          ),
    ),
    http.post(MINE, () =>
      HttpResponse.json({ secret: "JBSWY3DPEHPK3PXP", uri: "otpauth://totp/Patchwork:amy" }, { status: 201 }),
    ),
    http.post(`${MINE}/confirm`, () => {
      enrolled = true;
      return HttpResponse.json({ codes: ["aaaa-bbbb-cccc-dddd"] });
    }),
  );
  const { user } = renderSignedIn(
    <Suspense>
      <Routes>
        <Route path="signin" element={<SignIn />} />
        <Route element={<SignedIn />}>
          <Route index element={<Sessions />} />
        </Route>
      </Routes>
    </Suspense>,
  );
  await screen.findByRole("heading", { name: "Set up a second factor" });
  expect(screen.queryByText("Not yet")).toBeNull();
  await user.type(screen.getByLabelText("Your password"), "right");
  await user.click(screen.getByRole("button", { name: "Continue" }));
  await user.type(await screen.findByLabelText("Code that the app shows"), "492039");
  await user.click(screen.getByRole("button", { name: "Switch on" }));
  await screen.findByText("aaaa-bbbb-cccc-dddd");
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  await screen.findByText("Your sessions");
});
