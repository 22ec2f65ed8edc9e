/** Saving a package's files into a folder, with a folder in memory. */
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { PackageLink } from "@/api/models";
import { S3_PROXY, server } from "@/testing/server";
import { FolderSaving } from "./saving";

/** As much of the File System Access API as saving needs. */
class Folder {
  readonly kind = "directory";
  readonly files = new Map<string, string>();
  readonly name: string;
  readonly #path: string;

  constructor(name = "out", files = new Map<string, string>(), path = "") {
    this.name = name;
    this.files = files;
    this.#path = path;
  }

  getDirectoryHandle(name: string): Promise<Folder> {
    if (name === "CON") return Promise.reject(new TypeError("Name is not allowed."));
    return Promise.resolve(new Folder(name, this.files, `${this.#path}${name}/`));
  }

  getFileHandle(name: string): Promise<unknown> {
    const parts: Uint8Array[] = [];
    const writable = {
      write: (chunk: Uint8Array) => Promise.resolve(void parts.push(chunk)),
      abort: () => Promise.resolve(),
      close: async () => {
        this.files.set(this.#path + name, await new Blob(parts as BlobPart[]).text());
      },
    };
    return Promise.resolve({ createWritable: () => Promise.resolve(writable) });
  }
}

const asHandle = (folder: Folder) => folder as unknown as FileSystemDirectoryHandle;
/** Links to these files, whenever they are asked for. */
const linksTo =
  (...files: PackageLink[]) =>
  () =>
    Promise.resolve(files);
const link = (path: string, size: number, mark = ""): PackageLink => ({
  path,
  size,
  hash: { type: "SHA256", value: "ab" },
  url: `${S3_PROXY}/-/file/${path}?ticket=t${mark}`,
});

test("files are saved in their folders, and their bytes are counted", async () => {
  server.use(
    http.get(`${S3_PROXY}/-/file/a.txt`, () => HttpResponse.text("alpha")),
    http.get(`${S3_PROXY}/-/file/data/b.txt`, () => HttpResponse.text("be")),
    http.get(`${S3_PROXY}/-/file/data/empty.txt`, () => HttpResponse.text("")),
  );
  const folder = new Folder();
  const saving = new FolderSaving(
    asHandle(folder),
    linksTo(link("a.txt", 5), link("data/b.txt", 2), link("data/empty.txt", 0)),
  );
  await saving.run();
  expect(Object.fromEntries(folder.files)).toEqual({
    "a.txt": "alpha",
    "data/b.txt": "be",
    "data/empty.txt": "",
  });
  expect(saving.state()).toEqual({
    files: 3,
    bytes: 7,
    doneFiles: 3,
    doneBytes: 7,
    failed: [],
    isRunning: false,
  });
});

test("only what failed is fetched again", async () => {
  let asked: string[] = [];
  let isBroken = true;
  server.use(
    http.get(`${S3_PROXY}/-/file/:name`, ({ params }) => {
      asked.push(String(params.name));
      return params.name === "b.txt" && isBroken
        ? HttpResponse.json({ status: 409, detail: "b.txt has another size than its entry" }, { status: 409 })
        : HttpResponse.text("12345");
    }),
  );
  const folder = new Folder();
  const saving = new FolderSaving(asHandle(folder), linksTo(link("a.txt", 5), link("b.txt", 5)));
  await saving.run();
  expect(saving.state().failed).toEqual([{ path: "b.txt", reason: "b.txt has another size than its entry" }]);
  expect([saving.state().doneFiles, saving.state().doneBytes]).toEqual([1, 5]);
  asked = [];
  isBroken = false;
  await saving.run();
  expect(asked).toEqual(["b.txt"]);
  expect([saving.state().doneFiles, saving.state().doneBytes, saving.state().failed]).toEqual([2, 10, []]);
});

test("an answer that is cut off goes on at the byte where it stopped", async () => {
  const ranges: (string | null)[] = [];
  server.use(
    http.get(`${S3_PROXY}/-/file/a.txt`, ({ request }) => {
      const range = request.headers.get("Range");
      ranges.push(range);
      return range === "bytes=3-" ? HttpResponse.text("de", { status: 206 }) : HttpResponse.text("abc");
    }),
  );
  const folder = new Folder();
  const saving = new FolderSaving(asHandle(folder), linksTo(link("a.txt", 5)), 0);
  await saving.run();
  expect(ranges).toEqual([null, "bytes=3-"]);
  expect(folder.files.get("a.txt")).toBe("abcde");
});

test("a file that has become longer is not saved", async () => {
  server.use(http.get(`${S3_PROXY}/-/file/a.txt`, () => HttpResponse.text("abcdef")));
  const folder = new Folder();
  const saving = new FolderSaving(asHandle(folder), linksTo(link("a.txt", 5)), 0);
  await saving.run();
  expect(folder.files.size).toBe(0);
  expect(saving.state().failed[0]?.reason).toContain("has changed");
  expect(saving.state().doneBytes).toBe(0);
});

test("links that have expired are made again, once for all files", async () => {
  let made = 0;
  server.use(
    http.get(`${S3_PROXY}/-/file/:name`, ({ request }) =>
      new URL(request.url).searchParams.get("ticket") === "t1"
        ? HttpResponse.json({ status: 401, detail: "The ticket has expired" }, { status: 401 })
        : HttpResponse.text("12345"),
    ),
  );
  const saving = new FolderSaving(asHandle(new Folder()), () => {
    made += 1;
    return Promise.resolve(["a", "b", "c"].map(name => link(name, 5, String(made))));
  });
  await saving.run();
  expect([made, saving.state().doneFiles]).toEqual([2, 3]);
});

test("a name that the machine does not allow is said so, and the others are saved", async () => {
  server.use(http.get(`${S3_PROXY}/-/file/a.txt`, () => HttpResponse.text("alpha")));
  const saving = new FolderSaving(asHandle(new Folder()), linksTo(link("CON/x.txt", 5), link("a.txt", 5)), 0);
  await saving.run();
  expect(saving.state().failed).toEqual([
    { path: "CON/x.txt", reason: "A file on this machine cannot have this name." },
  ]);
  expect(saving.state().doneFiles).toBe(1);
});

test("stopping leaves what is whole, and blames no file", async () => {
  let saving: FolderSaving | null = null;
  server.use(
    http.get(`${S3_PROXY}/-/file/:name`, ({ params }) => {
      if (params.name === "b") saving?.stop();
      return HttpResponse.text("12345");
    }),
  );
  saving = new FolderSaving(asHandle(new Folder()), linksTo(link("a", 5), link("b", 5)));
  await saving.run();
  expect(saving.state().failed).toEqual([]);
  expect(saving.state().isRunning).toBe(false);
  expect(saving.state().doneFiles).toBeLessThan(2);
});
