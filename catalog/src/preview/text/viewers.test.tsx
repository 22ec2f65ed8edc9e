import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { answerOf, renderPreview, textAnswer } from "@/testing/preview";
import { S3_PROXY, server } from "@/testing/server";
import type { NotebookCell } from "../answers";

const CODE = 'def harvest(year):\n    """A\n    long text."""\n    return "ripe"\n';
const region = (name: string) => screen.findByRole("region", { name });

test("code has numbers and colours, also in texts of several lines", async () => {
  renderPreview(textAnswer(CODE, "python"), { name: "wine.py" });
  const text = await region("Text of wine.py");
  await waitFor(() => expect(within(text).getByText("def").className).toBe("hljs-keyword"));
  const lines = [...text.querySelectorAll("[data-line]")];
  expect(lines.map(line => line.textContent).join("")).toBe(CODE);
  expect(lines[2]?.querySelector("span")?.className).toBe("hljs-string");
});

test("a language without a grammar is plain text", async () => {
  renderPreview(textAnswer("<b>&amp;\n", "nothing-like-it"), { name: "x.odd" });
  expect((await region("Text of x.odd")).textContent).toBe("<b>&amp;\n");
});

test("words are found, one line after the other", async () => {
  const page = renderPreview(textAnswer("Ahr\nMosel\nahr again\n"), { name: "regions.txt" });
  const text = await region("Text of regions.txt");
  await page.user.type(screen.getByRole("searchbox", { name: "Find in the text" }), "AHR");
  const current = () => text.querySelector("[data-current]")?.textContent;
  expect(await screen.findByText("1 of 2 lines")).toBeTruthy();
  expect(current()).toBe("Ahr\n");
  await page.user.keyboard("{Enter}");
  expect(current()).toBe("ahr again\n");
  await page.user.keyboard("{Enter}");
  expect(current()).toBe("Ahr\n");
  await page.user.type(screen.getByRole("searchbox"), "x");
  expect(await screen.findByText("Not found")).toBeTruthy();
});

test("long lines are wrapped when somebody wants that", async () => {
  const page = renderPreview(textAnswer("one line\n"), { name: "a.txt" });
  const text = await region("Text of a.txt");
  await page.user.click(screen.getByRole("button", { name: "Wrap long lines" }));
  expect(text.dataset.wrap).toBe("true");
});

test("text that no reader decoded comes from the file itself", async () => {
  server.use(
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/wine.csv`, () =>
      HttpResponse.text("region,litres\n", { status: 206, headers: { "Content-Range": "bytes 0-13/14" } }),
    ),
  );
  renderPreview(answerOf({ kind: "table", format: "csv", columns: [], rows: [], total: 0 }), {
    name: "wine.csv",
    at: "/?as=text",
  });
  expect((await region("Text of wine.csv")).textContent).toBe("region,litres\n");
});

/** Answers with a file as the file store does. */
function answerFile(text: string): () => number {
  let asked = 0;
  const { length } = new TextEncoder().encode(text);
  server.use(
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/a.json`, () => {
      asked += 1;
      return HttpResponse.text(text, {
        status: 206,
        headers: { "Content-Range": `bytes 0-${length - 1}/${length}` },
      });
    }),
  );
  return () => asked;
}

test("a tree of JSON that is longer than the preview is loaded whole, and exact", async () => {
  const json = `{"id":9007199254740993,"ratio":1.0,"a":1,"a":{"b":{"c":{"deep":-0}}},"text":"${"x".repeat(500)}y"}`;
  answerFile(json);
  const page = renderPreview(
    { ...textAnswer(json.slice(0, 40), "json"), complete: false },
    { name: "a.json", size: json.length },
  );
  const tree = await screen.findByRole("tree", { name: "a.json" });
  const rows = () => within(tree).getAllByRole("treeitem");
  const texts = () => rows().map(row => row.textContent);
  await waitFor(() => expect(texts().slice(0, 3)).toEqual(["id9007199254740993", "ratio1.0", "a1"]));
  expect(texts().slice(3, 6)).toEqual(["a{1}", "b{1}", "c{1}"]);
  expect(rows().map(row => row.getAttribute("aria-level"))).toEqual(["1", "1", "1", "1", "2", "3", "1"]);
  expect(screen.getByText("7 rows")).toBeTruthy();
  // By the keyboard: to the value that is closed, into it, and back to the container that it is in.
  tree.focus();
  await page.user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowRight}");
  await waitFor(() => expect(texts()).toContain("deep-0"));
  await page.user.keyboard("{ArrowRight}");
  expect(await screen.findByText(".a.b.c.deep")).toBeTruthy();
  await page.user.keyboard("{ArrowLeft}");
  expect(await screen.findByText(".a.b.c")).toBeTruthy();
  await page.user.keyboard("{ArrowLeft}");
  await waitFor(() => expect(texts()).not.toContain("deep-0"));
  // What is cut in its row is shown whole below.
  await page.user.keyboard("{End}");
  expect((await screen.findByText(/^x{500}y$/)).tagName).toBe("PRE");
});

test("a long text that is not JSON says in which line, and is shown as text", async () => {
  const json = '{\n  "a": 1,\n  "b": NaN\n}\n';
  answerFile(json);
  renderPreview(
    { ...textAnswer('{\n  "a": 1,\n', "json"), complete: false },
    { name: "a.json", size: json.length },
  );
  expect(
    await screen.findByText("This is not valid JSON: in line 3, “NaN” stands where a value should."),
  ).toBeTruthy();
  expect((await region("Text of a.json")).textContent).toContain('"a": 1');
});

test("a large JSON file is asked about first", async () => {
  const asked = answerFile('{"a":1}');
  const page = renderPreview(
    { ...textAnswer("{", "json"), complete: false },
    { name: "a.json", size: 60_000_000 },
  );
  await page.user.click(await screen.findByRole("button", { name: "Load 60.0 MB" }));
  expect(await screen.findByRole("tree", { name: "a.json" })).toBeTruthy();
  expect(asked()).toBe(1);
});

const CELLS: NotebookCell[] = [
  { type: "markdown", source: "# Harvest of 2026" },
  {
    type: "code",
    source: "frame.head()",
    execution_count: 3,
    outputs: [
      {
        type: "html",
        media_type: "text/html",
        data: '<div>\n<style scoped>\n .a {}\n\n</style>\n<table><tr><td>Ahr</td></tr>\n\n<tr><td onclick="x()">Mosel</td></tr></table>\n<script>broken()</script></div>',
        complete: true,
      },
      { type: "image", media_type: "image/png", data: "iVBORw0KGgo=", complete: true },
      { type: "error", media_type: "text/plain", data: "\u001b[31mNameError\u001b[0m: ripe", complete: true },
      { type: "json", media_type: "application/json", data: '{"id":9007199254740993}', complete: true },
      { type: "text", media_type: "text/plain", data: "[1, 2, …", complete: false },
    ],
  },
];

test("a notebook has its cells and outputs, and nothing of it runs", async () => {
  renderPreview(answerOf({ kind: "notebook", language: "python", cells: CELLS }), { name: "wine.ipynb" });
  expect(await screen.findByRole("heading", { name: "Harvest of 2026" })).toBeTruthy();
  expect(await screen.findByText("In [3]")).toBeTruthy();
  const cell = await screen.findByRole("cell", { name: "Mosel" });
  expect(cell.hasAttribute("onclick")).toBe(false);
  expect(document.body.innerHTML).not.toContain("broken()");
  const picture = await screen.findByRole<HTMLImageElement>("img", { name: "Output 2 of cell 2" });
  expect(picture.src).toMatch(/^blob:/);
  expect(screen.getByRole("region", { name: "Output 3 of cell 2" }).textContent).toBe("NameError: ripe");
  expect(screen.getByText("9007199254740993")).toBeTruthy();
  expect(screen.getByText("The output is longer than what is shown.")).toBeTruthy();
});
