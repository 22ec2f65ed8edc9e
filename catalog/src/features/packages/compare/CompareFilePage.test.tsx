import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { answerOf, answersAt, problem, tableAnswer, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { CompareFilePage } from "./CompareFilePage";

const [BASE, HEAD] = ["0a".repeat(32), "0b".repeat(32)];
const LAB = `${REGISTRY}/api/v1/buckets/lab`;

/** The page of a file whose readers answer each revision as they are given. */
function show(path: string, answers: (revision: "before" | "after", as: string | null) => object, more = {}) {
  server.use(
    http.get(LAB, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${LAB}/packages/amy/wine/revisions/:hash`, ({ params }) =>
      HttpResponse.json({ top_hash: params.hash }),
    ),
    http.get(`${LAB}/packages/amy/wine/revisions/:hash/entry`, ({ params, request }) =>
      HttpResponse.json({
        type: "file",
        path: new URL(request.url).searchParams.get("path"),
        physical_key: `s3://lab/${path}?versionId=${params.hash === BASE ? "v1" : "v2"}`,
        size: 1_000,
        hash: null,
        meta: null,
        accessible: true,
        ...more,
      }),
    ),
  );
  const asked = answersAt("preview", query =>
    answers(query.get("revision") === BASE ? "before" : "after", query.get("as")),
  );
  const page = renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/compare/file" element={<CompareFilePage />} />
    </Routes>,
    `/b/lab/packages/amy/wine/compare/file?${new URLSearchParams({ path, base: BASE, head: HEAD }).toString()}`,
  );
  return { ...page, asked };
}

const cells = (table: string) =>
  within(screen.getByRole("table", { name: table }))
    .getAllByRole("row")
    .slice(1)
    .map(row => [...row.children].map(cell => cell.textContent));

test("a text is compared line by line, beside or below each other, read by its package with the viewers' rights", async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const { user, asked, container } = show("notes.md", side =>
    textAnswer([...lines, side === "before" ? "800 litres" : "950 litres"].join("\n"), "markdown"),
  );
  const label = "Changed lines of notes.md";
  await screen.findByRole("table", { name: label });
  expect(cells(label).at(-1)).toEqual(["21", "−removed: 800 litres", "21", "+added: 950 litres"]);
  expect([...container.querySelectorAll("mark")].map(({ textContent }) => textContent)).toEqual(["80", "95"]);
  expect(asked.map(query => [query.get("package"), query.get("revision"), query.get("bucket")])).toEqual([
    ["amy/wine", BASE, "lab"],
    ["amy/wine", HEAD, "lab"],
  ]);
  await user.click(screen.getByRole("button", { name: "Show 17 equal lines" }));
  expect(cells(label)).toHaveLength(21);
  await user.click(screen.getByRole("button", { name: "One below the other" }));
  expect(cells(label).slice(-2)).toEqual([
    ["21", "", "−removed: 800 litres"],
    ["", "21", "+added: 950 litres"],
  ]);
  expect((await axe.run(container, { rules: { region: { enabled: false } } })).violations).toEqual([]);
});

const DOCUMENTS = {
  json: [
    '{"id": 9007199254740992, "gone": [1], "list": [{"a": 1}, {"b": 2}], "a.b": 0}',
    '{"list": [{"z": 0}, {"a": 1}, {"b": 3}], "id": 9007199254740993, "new": null, "a.b": 0}',
  ],
  yaml: [
    "id: 1\ngone: [1]\nlist: [{a: 1}, {b: 2}]\n",
    "# said\nlist: [{z: 0}, {a: 1}, {b: 3}]\nid: '1'\nnew: null\n",
  ],
} as const;

test.each([
  ["json", "9007199254740992", "9007199254740993"],
  ["yaml", "1", '"1"'],
] as const)("a document in %s is compared by its structure, or by its lines", async (kind, before, after) => {
  const { user } = show(`data/a.${kind}`, side =>
    textAnswer(DOCUMENTS[kind][side === "before" ? 0 : 1], kind),
  );
  const label = `Changes of data/a.${kind}`;
  await screen.findByRole("table", { name: label });
  const rows = cells(label).map(([path = "", ...values]) => [path.trim(), ...values]);
  expect(rows.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))).toEqual([
    ["gone", "[1]", "–"],
    ["id", before, after],
    ["list[0]", "–", '{"z":0}'],
    ["list[2].b", "2", "3"],
    ["new", "–", "null"],
  ]);
  await user.click(screen.getByRole("button", { name: "Lines" }));
  expect(screen.getByRole("table", { name: `Changed lines of data/a.${kind}` })).toBeTruthy();
});

test("a YAML text that names a value very many times is compared by its lines", async () => {
  const bomb = [
    "a0: &a0 [x]",
    ...Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`),
  ];
  show("bomb.yaml", side => textAnswer([...bomb, `end: ${side}`].join("\n"), "yaml"));
  expect(await screen.findByRole("table", { name: "Changed lines of bomb.yaml" })).toBeTruthy();
});

test("a table is compared by its rows, and in its text", async () => {
  show("rows.csv", (side, as) =>
    as === "text" ? textAnswer(`a,b\n1,${side}\n`) : tableAnswer({ format: "csv" }),
  );
  expect(await screen.findByRole("table", { name: "Changed lines of rows.csv" })).toBeTruthy();
  const link = screen.getByRole("link", { name: "Compare the rows" });
  expect(link.getAttribute("href")).toBe(
    `/b/lab/packages/amy/wine/compare/rows?head=${HEAD}&base=${BASE}&path=rows.csv`,
  );
});

test("pictures are compared side by side, by swiping and in turns", async () => {
  const { user } = show("map.png", () =>
    answerOf({
      kind: "image",
      format: "png",
      width: 400,
      height: 300,
      channels: [],
      bits: 8,
      pages: 1,
      has_regions: false,
    }),
  );
  const sources = () =>
    ["Before", "After"].map(name => screen.getByRole<HTMLImageElement>("img", { name }).src);
  await screen.findByRole("img", { name: "Before" });
  expect(sources()[0]).toContain("versionId=v1");
  expect(sources()[1]).toContain("versionId=v2");
  await user.click(screen.getByRole("button", { name: "Swipe" }));
  const slider = screen.getByRole("slider", { name: "Share of the picture before" });
  expect((slider as HTMLInputElement).value).toBe("50");
  expect(sources()[1]).toContain("versionId=v2");
  await user.click(screen.getByRole("button", { name: "Blink" }));
  await user.click(screen.getByRole("button", { name: "Show the other" }));
  expect(screen.getAllByRole("img")).toHaveLength(1);
  expect(screen.getByRole("button", { name: "Take turns" })).toBeTruthy();
});

test("files that cannot be compared say why", async () => {
  const refused = show("secret.txt", () => problem(403, "forbidden", "Your role does not read it."));
  expect((await screen.findByRole("alert")).textContent).toContain("Your role does not read it.");
  refused.unmount();
  const elsewhere = show("far.txt", () => ({}), { accessible: false });
  expect(await screen.findByText(/your role does not include/)).toBeTruthy();
  await waitFor(() => expect(elsewhere.asked).toEqual([]));
  elsewhere.unmount();
  show("model.bin", () => answerOf({ kind: "bytes", hexadecimal: "00" }));
  expect(await screen.findByRole("heading", { name: "Not compared inside" })).toBeTruthy();
});
