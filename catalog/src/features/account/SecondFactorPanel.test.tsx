import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { SecondFactor } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { SecondFactorPanel } from "./SecondFactorPanel";

const URL_OF_MINE = `${REGISTRY}/api/v1/accounts/me/second-factor`;
const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const CODES = Array.from({ length: 10 }, (_, number) => `aaaa-bbbb-cccc-000${number}`);

/** The registry's side: a second factor whose good code is 492039. */
function registry(start: Partial<SecondFactor> = {}) {
  const state: SecondFactor = {
    is_available: true,
    is_demanded: false,
    is_on: false,
    added_at: null,
    recovery_codes_left: 0,
    ...start,
  };
  const checked = async (request: Request, answer: () => Response) => {
    const { code } = (await request.json()) as { code: string };
    if (code === "492039") return answer();
    return HttpResponse.json(
      { type: "/problems/wrong_code", status: 400, detail: "The code is wrong, or it was used already" },
      { status: 400 },
    );
  };
  const switchOn = () => {
    Object.assign(state, { is_on: true, added_at: "2026-11-29T19:00:00Z", recovery_codes_left: 10 });
    return HttpResponse.json({ codes: CODES });
  };
  server.use(
    http.get(URL_OF_MINE, () => HttpResponse.json(state)),
    http.post(URL_OF_MINE, async ({ request }) =>
      ((await request.json()) as { password: string }).password === "right"
        ? HttpResponse.json(
            { secret: SECRET, uri: `otpauth://totp/Patchwork:amy?secret=${SECRET}&issuer=Patchwork` },
            { status: 201 },
          )
        : HttpResponse.json(
            { type: "/problems/wrong_password", status: 400, detail: "The current password is not correct" },
            { status: 400 },
          ),
    ),
    http.post(`${URL_OF_MINE}/confirm`, ({ request }) => checked(request, switchOn)),
    http.post(`${URL_OF_MINE}/recovery-codes`, ({ request }) => checked(request, switchOn)),
    http.post(`${URL_OF_MINE}/remove`, ({ request }) =>
      checked(request, () => {
        Object.assign(state, { is_on: false, added_at: null, recovery_codes_left: 0 });
        return new HttpResponse(null, { status: 204 });
      }),
    ),
  );
}

test("a second factor is set up with the password, a first code, and recovery codes that are shown once", async () => {
  registry();
  const { user } = renderSignedIn(<SecondFactorPanel />);
  await user.click(await screen.findByRole("button", { name: "Set up a second factor" }));
  await user.type(screen.getByLabelText("Your password"), "wrong");
  await user.click(screen.getByRole("button", { name: "Continue" }));
  await screen.findByText("The current password is not correct");
  await user.clear(screen.getByLabelText("Your password"));
  await user.type(screen.getByLabelText("Your password"), "right");
  await user.click(screen.getByRole("button", { name: "Continue" }));

  const drawn = await screen.findByRole("img", { name: "QR code for the authenticator app" });
  expect(drawn.querySelector("path")?.getAttribute("d")).toMatch(/^(M\d+ \d+h1v1h-1z){400,}$/);
  expect(screen.getByLabelText("Secret").textContent).toBe(SECRET);
  await user.type(screen.getByLabelText("Code that the app shows"), "000000");
  await user.click(screen.getByRole("button", { name: "Switch on" }));
  await screen.findByText("The code is wrong, or it was used already");
  await user.clear(screen.getByLabelText("Code that the app shows"));
  await user.type(screen.getByLabelText("Code that the app shows"), " 492039 ");
  await user.click(screen.getByRole("button", { name: "Switch on" }));

  const list = await screen.findByRole("list", { name: "Recovery codes" });
  expect(within(list).getAllByRole("listitem")).toHaveLength(10);
  expect(screen.getByRole("button", { name: "Copy" })).toBeDefined();
  const file = screen.getByRole("link", { name: "Download" });
  expect(file.getAttribute("download")).toBe("recovery-codes.txt");
  expect(decodeURIComponent(file.getAttribute("href") ?? "")).toContain(CODES.join("\n"));
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  await screen.findByText("On: an authenticator app");
  expect(screen.queryByText(CODES[0] ?? "")).toBeNull();
});

test("new recovery codes take a code, and replace the few that are left", async () => {
  registry({ is_on: true, added_at: "2026-11-01T10:00:00Z", recovery_codes_left: 2 });
  const { user } = renderSignedIn(<SecondFactorPanel />);
  await screen.findByText("You have few recovery codes left. Make new ones.");
  await user.click(screen.getByRole("button", { name: "New recovery codes" }));
  await user.type(screen.getByLabelText(/^Code of your authenticator app/), "492039");
  await user.click(screen.getByRole("button", { name: "Make new codes" }));
  await screen.findByRole("list", { name: "Recovery codes" });
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  await screen.findByText("10 left");
});

test("a second factor is removed with a code", async () => {
  registry({ is_on: true, added_at: "2026-11-01T10:00:00Z", recovery_codes_left: 10 });
  const { user } = renderSignedIn(<SecondFactorPanel />);
  await user.click(await screen.findByRole("button", { name: "Remove second factor" }));
  await user.type(screen.getByLabelText(/^Code of your authenticator app/), "1");
  await user.click(screen.getByRole("button", { name: "Remove" }));
  await screen.findByText("The code is wrong, or it was used already");
  await user.clear(screen.getByLabelText(/^Code of your authenticator app/));
  await user.type(screen.getByLabelText(/^Code of your authenticator app/), "492039");
  await user.click(screen.getByRole("button", { name: "Remove" }));
  await screen.findByRole("button", { name: "Set up a second factor" });
});

test("nothing is shown where second factors are switched off", async () => {
  registry({ is_available: false });
  const { container } = renderSignedIn(<SecondFactorPanel />);
  await waitFor(() => expect(container.querySelector("section")).toBeNull());
});
