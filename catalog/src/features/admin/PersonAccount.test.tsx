import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { User } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { PersonAccount } from "./PersonAccount";

const AMY: User = {
  id: "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55",
  name: "amy",
  email: "amy@example.com",
  is_admin: false,
  is_active: true,
  role: null,
  roles: [],
  is_sso_only: false,
  is_governed: false,
  has_second_factor: true,
  created_at: "2026-11-01T10:00:00Z",
  last_login: null,
};

const viewedBy = (name: string) =>
  server.use(
    http.get(`${REGISTRY}/api/me`, () =>
      HttpResponse.json({ current_user: name, email: "", is_staff: true, is_active: true }),
    ),
  );

test("an administrator removes somebody's second factor after a question", async () => {
  viewedBy("admin");
  let removed = 0;
  server.use(
    http.delete(`${REGISTRY}/api/v1/admin/users/amy/second-factor`, () => {
      removed += 1;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderSignedIn(<PersonAccount user={AMY} />);
  await user.click(await screen.findByRole("button", { name: "Remove second factor" }));
  expect(removed).toBe(0);
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Remove second factor" }));
  await waitFor(() => expect(removed).toBe(1));
});

test("nobody removes their own second factor as an administrator", async () => {
  viewedBy("amy");
  renderSignedIn(<PersonAccount user={AMY} />);
  const button = await screen.findByRole("button", { name: "Remove second factor" });
  await waitFor(() => expect(button.hasAttribute("disabled")).toBe(true));
});

test("there is nothing to remove where there is no second factor", async () => {
  viewedBy("admin");
  renderSignedIn(<PersonAccount user={{ ...AMY, has_second_factor: false }} />);
  await screen.findByRole("button", { name: "Disable" });
  expect(screen.queryByRole("button", { name: "Remove second factor" })).toBeNull();
});
