import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import type { ReactNode } from "react";
import { Link, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LookPanel } from "@/features/admin/look/LookPanel";
import { PolicyPage } from "@/features/admin/PolicyPage";
import { RolePage } from "@/features/admin/RolePage";
import { SsoPage } from "@/features/admin/SsoPage";
import { FilesPage } from "@/features/files/FilesPage";
import { PromotePage } from "@/features/packages/promote/PromotePage";
import { RevisePage } from "@/features/packages/revise/RevisePage";
import { PreferencesPage } from "@/features/preferences/PreferencesPage";
import { QueryPage } from "@/features/queries/QueryPage";
import { WorkflowEditorPage } from "@/features/workflows/WorkflowEditorPage";
import { textIn, writeText } from "@/testing/editor";
import { gate } from "@/testing/gate";
import { answerMe, answerQuery, queryOf } from "@/testing/queries";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";

const HASH = "a".repeat(64);
const LAB = `${REGISTRY}/api/v1/buckets/lab`;
const STORE = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const ADMIN = `${REGISTRY}/api/v1/admin`;
const WINE = `${LAB}/packages/amy/wine`;

const none = () => HttpResponse.json({ title: "Not found", status: 404 }, { status: 404 });
const page = (items: object[]) => HttpResponse.json({ items, next: null });
const stored = (text: string) => () => new HttpResponse(text, { headers: { ETag: '"1"' } });

beforeEach(() => {
  sessionStorage.clear();
  const bucket = { name: "lab", title: "Lab", level: "READ_WRITE" };
  const revision = {
    ...{ top_hash: HASH, state: "ready", problem: null, message: "First", workflow: null, user_meta: null },
    ...{ total_entries: 1, total_bytes: 5 },
  };
  const role = {
    ...{ id: "r1", name: "Curators", arn: "", managed: true, is_default: false, policies: [] },
    ...{ permissions: {}, query_budgets: {} },
  };
  server.use(
    http.get(LAB, () => HttpResponse.json(bucket)),
    http.get(`${REGISTRY}/api/v1/buckets`, () => page([bucket])),
    http.get(`${REGISTRY}/api/v1/search`, () =>
      HttpResponse.json({ items: [], next: null, total: 0, complete: true, facets: [] }),
    ),
    http.get(`${LAB}/workflows`, () => HttpResponse.json({ config: null, workflows: [] })),
    http.get(WINE, () => HttpResponse.json({ name: "amy/wine", latest: revision, revisions: 1 })),
    http.get(`${WINE}/revisions/:reference`, () => HttpResponse.json(revision)),
    http.get(`${WINE}/revisions/:reference/entries`, () => page([])),
    http.get(`${WINE}/revisions/:reference/entry`, none),
    http.get(`${STORE}/`, ({ request }) => {
      const prefix = new URL(request.url).searchParams.get("prefix") ?? "";
      return HttpResponse.xml(
        prefix === ".quilt/catalog/"
          ? "<ListBucketResult><Contents><Key>.quilt/catalog/config.yaml</Key><Size>5</Size></Contents></ListBucketResult>"
          : "<ListBucketResult/>",
      );
    }),
    http.head(`${STORE}/notes.md`, stored("")),
    http.get(`${STORE}/notes.md`, stored("# Notes\n")),
    http.get(`${STORE}/.quilt/workflows/config.yml`, stored('version: "1"\nworkflows: {}\n')),
    http.get(`${STORE}/.quilt/catalog/config.yaml`, stored("ui: {}\n")),
    http.get(`${ADMIN}/roles`, () => page([role])),
    http.get(`${ADMIN}/roles/:name`, () => HttpResponse.json(role)),
    http.get(`${ADMIN}/users`, () => page([])),
    http.get(`${ADMIN}/policies`, () => page([])),
    http.get(`${ADMIN}/sso-config`, none),
    http.get(`${REGISTRY}/api/v1/sso`, () =>
      HttpResponse.json({ password: true, sign_up: "invite", sso_sign_up: true, providers: [] }),
    ),
  );
});
afterEach(() => sessionStorage.clear());

const field = (name: string) => screen.findByRole<HTMLInputElement>("textbox", { name });

async function type(name: string, value: string): Promise<void> {
  fireEvent.change(await field(name), { target: { value } });
}

/** Where each text is edited, and how somebody changes it there. */
const EDITORS: [what: string, path: string, editor: ReactNode, at: string, edit: () => Promise<void>][] = [
  [
    "a text of a bucket",
    "/b/:bucket/tree/*",
    <FilesPage key="files" />,
    "/b/lab/tree/notes.md?edit",
    () => writeText("Text of notes.md", "# Longer notes"),
  ],
  [
    "a text of a package",
    "/b/:bucket/packages/:author/:name/revise",
    <RevisePage key="revise" />,
    "/b/lab/packages/amy/wine/revise?edit=README.md",
    () => writeText("Text of README.md", "# Wine"),
  ],
  [
    "workflows",
    "/b/:bucket/workflows/edit",
    <WorkflowEditorPage key="workflows" />,
    "/b/lab/workflows/edit",
    () => writeText("Configuration", "# another\n"),
  ],
  [
    "preferences",
    "/b/:bucket/preferences",
    <PreferencesPage key="preferences" />,
    "/b/lab/preferences",
    () => writeText("Preferences", "ui: {nav: {}}\n"),
  ],
  [
    "a promotion",
    "/b/:bucket/packages/:author/:name/promote",
    <PromotePage key="promote" />,
    "/b/lab/packages/amy/wine/promote",
    () => type("Message", "For everybody"),
  ],
  [
    "a policy",
    "/admin/policies/:id",
    <PolicyPage key="policy" />,
    "/admin/policies/new",
    () => type("Title", "Read all"),
  ],
  [
    "a role",
    "/admin/roles/:name",
    <RolePage key="role" />,
    "/admin/roles/Curators",
    () => type("Name", "Keepers"),
  ],
  [
    "single sign-on",
    "/admin/sso",
    <SsoPage key="sso" />,
    "/admin/sso",
    () => type("YAML or JSON", 'version: "1.0"\n'),
  ],
  [
    "a statement",
    "/queries/:id",
    <QueryPage key="query" />,
    "/queries/new?sql=SELECT+1",
    () => writeText("SQL", "SELECT 2"),
  ],
];

test.each(EDITORS)(
  "who leaves %s by a link is asked before it is lost",
  async (_, path, editor, at, edit) => {
    const { user, address } = renderSignedIn(
      <>
        <Link to="/elsewhere">Elsewhere</Link>
        <Routes>
          <Route path={path} element={editor} />
          <Route path="/elsewhere" element={<p>Another page</p>} />
        </Routes>
      </>,
      at,
    );
    await edit();
    const leave = () => user.click(screen.getByRole("link", { name: "Elsewhere" }));
    await leave();
    const dialog = await screen.findByRole("dialog", { name: "Leave without saving?" });
    await user.click(within(dialog).getByRole("button", { name: "Keep editing" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(address()).toBe(at);
    await leave();
    await user.click(await screen.findByRole("button", { name: "Leave" }));
    expect(await screen.findByText("Another page")).toBeTruthy();
  },
);

test("who has changed nothing is not asked", async () => {
  const { user } = renderSignedIn(
    <>
      <Link to="/elsewhere">Elsewhere</Link>
      <Routes>
        <Route path="/admin/policies/:id" element={<PolicyPage />} />
        <Route path="/elsewhere" element={<p>Another page</p>} />
      </Routes>
    </>,
    "/admin/policies/new",
  );
  await type("Title", "Read all");
  await type("Title", "");
  await user.click(screen.getByRole("link", { name: "Elsewhere" }));
  expect(await screen.findByText("Another page")).toBeTruthy();
});

const THEME = {
  theme: { name: "Patchwork", logo: null, accent: null, accent_dark: null },
  sources: { name: "catalog", logo: "default", accent: "default", accent_dark: "default" },
  ...{ changed_at: null, changed_by: null },
};

/** What answers when each text is saved: as the services do, with what they were sent. */
function saving() {
  let theme: object = THEME;
  return [
    http.put(`${STORE}/*`, () => new HttpResponse(null, { headers: { ETag: '"2"' } })),
    http.head(`${STORE}/amy/*`, none),
    http.post(`${LAB}/workflows/trial`, () => HttpResponse.json({ problems: [], items: [], next: null })),
    http.post(`${ADMIN}/policies`, async ({ request }) =>
      HttpResponse.json({ ...POLICY, ...((await request.json()) as object) }),
    ),
    http.get(`${ADMIN}/policies/p1`, () => HttpResponse.json({ ...POLICY, title: "Read all" })),
    http.put(`${ADMIN}/sso-config`, async ({ request }) =>
      HttpResponse.json({ ...((await request.json()) as object), version: 1, uploader: "admin", at: NOW }),
    ),
    http.get(`${REGISTRY}/api/v1/theme`, () => HttpResponse.json(theme)),
    http.post(`${REGISTRY}/api/v1/theme/preview`, () => HttpResponse.json(THEME)),
    http.patch(`${REGISTRY}/api/v1/theme`, async ({ request }) => {
      theme = {
        ...THEME,
        changed_at: NOW,
        theme: { ...THEME.theme, ...((await request.json()) as object) },
      };
      return HttpResponse.json(theme);
    }),
    http.post(`${REGISTRY}/api/v1/queries`, async ({ request }) =>
      HttpResponse.json(queryOf((await request.json()) as object), { status: 202 }),
    ),
  ];
}
const NOW = "2026-11-30T09:00:00Z";
const POLICY = { id: "p1", managed: true, arn: null, permissions: {}, roles: [] };

/** Where each text is saved: the field, the button, and what must be done before. */
const SAVED: [what: string, path: string, editor: ReactNode, at: string, field: string, button: string][] = [
  [
    "a text of a bucket",
    "/b/:bucket/tree/*",
    <FilesPage key="files" />,
    "/b/lab/tree/notes.md?edit",
    "Text of notes.md",
    "Save",
  ],
  [
    "a text of a package",
    "/b/:bucket/packages/:author/:name/revise",
    <RevisePage key="revise" />,
    "/b/lab/packages/amy/wine/revise?edit=README.md",
    "Text of README.md",
    "Keep the change",
  ],
  [
    "workflows",
    "/b/:bucket/workflows/edit",
    <WorkflowEditorPage key="workflows" />,
    "/b/lab/workflows/edit",
    "Configuration",
    "Save",
  ],
  [
    "preferences",
    "/b/:bucket/preferences",
    <PreferencesPage key="preferences" />,
    "/b/lab/preferences",
    "Preferences",
    "Save",
  ],
  [
    "a new policy",
    "/admin/policies/:id",
    <PolicyPage key="policy" />,
    "/admin/policies/new",
    "Title",
    "Make policy",
  ],
  ["single sign-on", "/admin/sso", <SsoPage key="sso" />, "/admin/sso", "YAML or JSON", "Save configuration"],
  ["the look", "/admin/settings", <LookPanel key="look" />, "/admin/settings", "Name", "Save"],
  ["a statement", "/queries/:id", <QueryPage key="query" />, "/queries/new?sql=SELECT+1", "SQL", "Run"],
];

test.each(SAVED)(
  "what is typed into %s while it is saved stays, and leaving asks for it",
  async (_, path, editor, at, label, button) => {
    const answers = gate();
    let isHeld = false;
    const sent: string[] = [];
    answerMe();
    answerQuery(queryOf({ sql: "first" }));
    server.use(
      http.all("*", async ({ request }) => {
        if (!isHeld || !["PUT", "POST", "PATCH"].includes(request.method)) return;
        sent.push(request.url);
        await answers.passed;
      }),
      ...saving(),
    );
    const { user } = renderSignedIn(
      <>
        <Link to="/elsewhere">Elsewhere</Link>
        <Routes>
          <Route path={path} element={editor} />
          <Route path="/elsewhere" element={<p>Another page</p>} />
        </Routes>
      </>,
      at,
    );
    await screen.findByText("Elsewhere");
    await writeText(label, "first");
    if (button === "Save" && label === "Configuration")
      await user.click(screen.getByRole("button", { name: "Test" }));
    const save = () => screen.getByRole<HTMLButtonElement>("button", { name: button });
    await waitFor(() => expect(save().disabled).toBe(false));
    isHeld = true;
    await user.click(save());
    await waitFor(() => expect(sent).not.toEqual([]));
    await waitFor(() => expect(document.querySelector("[aria-busy]")).toBeTruthy());
    await writeText(label, "first, and more");
    isHeld = false;
    answers.open();
    await waitFor(() => expect(document.querySelector("[aria-busy]")).toBeNull());
    await waitFor(() => expect(textIn(label)).toBe("first, and more"));
    await user.click(screen.getByRole("link", { name: "Elsewhere" }));
    const dialog = await screen.findByRole("dialog", { name: "Leave without saving?" });
    await user.click(within(dialog).getByRole("button", { name: "Keep editing" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(textIn(label)).toBe("first, and more");
  },
);
