import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { useState } from "react";
import { beforeEach, expect, test } from "vitest";
import type { Role, User } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { PersonRoles } from "./PersonRoles";

const ADMIN = `${REGISTRY}/api/v1/admin`;
const rose = { name: "rose", roles: ["ReadAll"], role: "ReadAll", is_governed: false } as User;
const ROLES = ["ReadAll", "Botany"].map(
  name => ({ id: `role ${name}`, name, managed: true, policies: [] }) as unknown as Role,
);
const given = { ...rose, roles: ["ReadAll", "Only rose"], role: "Only rose" };

let sent: unknown[];

beforeEach(() => {
  sent = [];
  const items = ["far", "lab"].map(name => ({ name, title: name }));
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets`, () => HttpResponse.json({ items, next: null })),
    http.put(`${ADMIN}/*`, async ({ request }) => {
      const path = new URL(request.url).pathname.split("/admin")[1] ?? "";
      sent.push([path, await request.json()]);
      return HttpResponse.json(given);
    }),
  );
});

async function give(user: ReturnType<typeof renderSignedIn>["user"]): Promise<void> {
  await user.click(screen.getByRole("button", { name: "Give access to a bucket…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.selectOptions(await dialog.findByRole("combobox", { name: "Bucket" }), "lab");
  await user.click(dialog.getByRole("button", { name: "Give access" }));
}

test("one person gets one more bucket in one request", async () => {
  const { user } = renderSignedIn(<PersonRoles user={rose} roles={ROLES} />);
  await give(user);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual([["/users/rose/access/lab", { level: "READ_WRITE" }]]);
});

test("roles that are chosen and not saved keep the role that was given besides", async () => {
  function Person() {
    const [user, setUser] = useState(rose);
    return (
      <>
        <PersonRoles user={user} roles={ROLES} />
        <button onClick={() => setUser(given)}>Show what was given</button>
      </>
    );
  }
  const { user } = renderSignedIn(<Person />);
  await user.click(screen.getByRole("checkbox", { name: "Botany" }));
  await give(user);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Show what was given" }));
  await user.click(screen.getByRole("button", { name: "Save roles" }));
  await waitFor(() =>
    expect(sent.at(-1)).toEqual([
      "/users/rose/roles",
      { roles: ["ReadAll", "Botany", "Only rose"], active: "Only rose" },
    ]),
  );
});
