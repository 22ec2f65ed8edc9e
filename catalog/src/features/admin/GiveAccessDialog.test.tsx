import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Policy, Role, User } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { PersonRoles } from "./PersonRoles";

const ADMIN = `${REGISTRY}/api/v1/admin`;
const rose = { name: "rose", roles: ["ReadAll"], role: "ReadAll", is_governed: false } as User;
const roleOf = (name: string, policies: string[], managed = true) =>
  ({ id: `role ${name}`, name, managed, policies: policies.map(id => ({ id })) }) as unknown as Role;
const readAll = roleOf("ReadAll", ["p1"]);
const own = roleOf("Only rose", ["p1", "p2"]);
const ownPolicy = {
  id: "p2",
  title: "Only rose",
  managed: true,
  permissions: { far: "READ" },
} as unknown as Policy;

test.each([
  [
    "made beside what the active role permits",
    [readAll],
    [],
    [
      ["POST", "/policies", { title: "Only rose", permissions: { lab: "READ_WRITE" } }],
      ["POST", "/roles", { name: "Only rose", policies: ["p1", "made"] }],
    ],
  ],
  [
    "made alone where the active role is one of IAM",
    [roleOf("ReadAll", [], false)],
    [],
    [
      ["POST", "/policies", { title: "Only rose", permissions: { lab: "READ_WRITE" } }],
      ["POST", "/roles", { name: "Only rose", policies: ["made"] }],
    ],
  ],
  [
    "extended where it is there",
    [readAll, own],
    [ownPolicy],
    [["PUT", "/policies/p2", { title: "Only rose", permissions: { far: "READ", lab: "READ_WRITE" } }]],
  ],
  [
    "given what the active role permits, where it is there without that",
    [readAll, roleOf("Only rose", ["p0", "p2"])],
    [ownPolicy],
    [
      ["PUT", "/policies/p2", { title: "Only rose", permissions: { far: "READ", lab: "READ_WRITE" } }],
      ["PUT", "/roles/Only%20rose", { name: "Only rose", policies: ["p0", "p2", "p1"] }],
    ],
  ],
])("the role of one person for one more bucket is %s", async (_, roles, policies, changes) => {
  const sent: unknown[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets`, () =>
      HttpResponse.json({
        items: [
          { name: "far", title: "Far" },
          { name: "lab", title: "Lab" },
        ],
        next: null,
      }),
    ),
    http.get(`${ADMIN}/policies`, () => HttpResponse.json({ items: policies, next: null })),
    http.all(`${ADMIN}/*`, async ({ request }) => {
      sent.push([request.method, new URL(request.url).pathname.split("/admin")[1], await request.json()]);
      return HttpResponse.json({
        ...rose,
        id: new URL(request.url).pathname.split("/policies/")[1] ?? "made",
      });
    }),
  );
  const { user } = renderSignedIn(<PersonRoles user={rose} roles={roles} />);
  await user.click(screen.getByRole("button", { name: "Give access to a bucket…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.selectOptions(await dialog.findByRole("combobox", { name: "Bucket" }), "lab");
  await user.click(dialog.getByRole("button", { name: "Give access" }));
  await waitFor(() =>
    expect(sent).toEqual([
      ...changes,
      ["PUT", "/users/rose/roles", { roles: ["ReadAll", "Only rose"], active: "Only rose" }],
    ]),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});
