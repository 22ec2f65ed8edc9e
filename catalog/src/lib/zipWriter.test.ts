import { expect, test } from "vitest";
import { ZipFile } from "./spreadsheets/zip";
import { crc32, ZipWriter } from "./zipWriter";

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Promise.resolve(new TextEncoder().encode(text));
}

async function archive(files: Record<string, string[]>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const zip = new ZipWriter(bytes => {
    parts.push(bytes);
    return Promise.resolve();
  });
  for (const [path, texts] of Object.entries(files)) await zip.add(path, chunks(...texts));
  await zip.end();
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

test("the checksum is CRC-32, also in parts", () => {
  const bytes = new TextEncoder().encode("123456789");
  expect(crc32(bytes)).toBe(0xcbf4_3926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf4_3926);
});

test("an archive has its records where its end says", async () => {
  const bytes = await archive({ "a.txt": ["one", " two"], "ü/b.txt": [] });
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  expect(view.getUint16(end + 10, true)).toBe(2);
  const directory = view.getUint32(end + 16, true);
  expect(view.getUint32(directory, true)).toBe(0x02014b50);
  expect(view.getUint32(directory + 16, true)).toBe(crc32(new TextEncoder().encode("one two")));
  // The reader of spreadsheets has its own idea of the format.
  expect(() => new ZipFile(bytes)).not.toThrow();
  expect(new TextDecoder().decode(bytes)).toContain("ü/b.txt");
});
