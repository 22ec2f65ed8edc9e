/**
 * Files of the corpus as they are shown. Beside each is what must be seen of it, a line for each claim; files called
 * `.meta` are metadata, as the registry answers with it.
 */
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { exchange } from "@/api/transport";
import { writeJson } from "@/lib/json";
import { parseMeta, userMeta, writeMeta } from "@/lib/metadata";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { JsonTree } from "@/ui/JsonTree";
import { renderPreview, textAnswer } from "@/testing/preview";

const FILES = import.meta.glob<string>("./corpus/*", { query: "?raw", import: "default", eager: true });
const corpus = Object.keys(FILES)
  .filter(path => !path.endsWith(".seen"))
  .map(path => path.replace("./corpus/", ""));

/** A document, the tree of a JSON file, or text. */
const TREE = `[role=group]:not([aria-label="View as"])`;
const SHOWN = `[data-document], ${TREE}, [role=region] pre`;

const flat = (text: string | null) => (text ?? "").replaceAll(/\s+/g, " ").trim();
const all = (selector: string) => [...document.body.querySelectorAll(selector)];
const textsOf = (selector: string) => all(selector).map(each => flat(each.textContent));
const linksOf = (text: string) => all("a").filter(each => flat(each.textContent) === text);

type Claim = (left: string, right: string) => void | Promise<void>;

/** `LEFT -> RIGHT`, `LEFT = RIGHT`, or only LEFT. */
const CLAIMS: Record<string, Claim> = {
  text: text => expect(flat(document.body.textContent)).toContain(text),
  "no text": text => expect(flat(document.body.textContent)).not.toContain(text),
  link: (text, to) => expect(linksOf(text).map(each => each.getAttribute("href"))).toContain(to),
  "no link": text => expect(linksOf(text)).toEqual([]),
  image: async (alt, address) => {
    const image = await screen.findByRole<HTMLImageElement>("img", { name: alt });
    expect(image.src).toContain(address);
  },
  row: cells => {
    const rows = all("tr").map(row => [...row.children].map(cell => flat(cell.textContent)).join(" | "));
    expect(rows).toContain(cells);
  },
  element: (selector, text) => expect(textsOf(selector)).toContain(text),
  absent: selector => expect(textsOf(selector)).toEqual([]),
  scrolls: async (text, selector) => {
    const scrolled = vi.spyOn(Element.prototype, "scrollIntoView");
    const [link] = linksOf(text);
    expect(link).toBeDefined();
    if (link) fireEvent.click(link);
    await waitFor(() => expect(scrolled.mock.contexts[0]).toBe(document.body.querySelector(selector)));
    expect(document.body.querySelector(selector)).not.toBeNull();
    scrolled.mockRestore();
  },
  member: (name, value) => {
    const members = all(`${TREE} li`).map(each =>
      [...each.children].map(part => flat(part.textContent)).join(" = "),
    );
    expect(members).toContain(`${name} = ${value}`);
  },
  order: names => {
    const items = all(`${TREE} > ul > li`);
    expect(items.map(each => flat(each.querySelector("span")?.textContent ?? null)).join(", ")).toBe(names);
  },
  ...Object.fromEntries(
    [1, 2, 3, 4].map((level): [string, Claim] => [
      `heading ${level}`,
      text => expect(textsOf(`[data-level="${level}"]`)).toContain(text),
    ]),
  ),
};

async function check(name: string, more: Record<string, Claim> = {}) {
  const lines = (FILES[`./corpus/${name}.seen`] ?? "").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const [, claim = "", left = "", , right = ""] = /^([^:]+): (.*?)(?: (->|=)(?: (.*))?)?$/.exec(line) ?? [];
    const known = more[claim] ?? CLAIMS[claim];
    expect(known, line).toBeDefined();
    await known?.(left, right);
  }
}

test.each(corpus.filter(name => !name.endsWith(".meta")))("%s shows what is in it", async name => {
  server.use(http.get(`${S3_PROXY}/lab*`, () => new HttpResponse(null, { status: 404 })));
  renderPreview(textAnswer(FILES[`./corpus/${name}`] ?? "", name.endsWith(".md") ? "markdown" : "json"), {
    name: `docs/${name}`,
  });
  await waitFor(() => expect(all(SHOWN)).not.toEqual([]));
  await check(name);
});

test.each(corpus.filter(name => name.endsWith(".meta")))(
  "%s is shown and kept as it is written",
  async name => {
    server.use(
      http.get(
        `${REGISTRY}/revision`,
        () => new HttpResponse(`{"user_meta": ${FILES[`./corpus/${name}`] ?? ""}}`),
      ),
    );
    const revision = await exchange<{ user_meta: Record<string, unknown> }>(`${REGISTRY}/revision`);
    const meta = userMeta(revision.user_meta);
    renderSignedIn(<JsonTree value={meta} label="Metadata" open={5} />);
    const parsed = parseMeta(writeMeta(meta));
    await check(name, {
      written: text => expect(writeJson(parsed.meta)).toBe(text),
      refused: reason => expect(parsed.error).toBe(reason),
    });
  },
);
