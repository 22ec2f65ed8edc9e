/**
 * What a file's own bytes tell. Readers act with a person's role, so they cannot read what is shared with people whose role
 * does not have the bucket.
 */
import { extensionOf } from "@/lib/paths";
import type { S3 } from "@/s3/client";
import type { Answer, ReadAnswer } from "./answers";
import type { ShownFile } from "./file";
import { textOf, wholeLines } from "./text/decoding";

const MAX_BYTES = 512 * 1024;

const LANGUAGES: Record<string, string> = {
  geojson: "json",
  ipynb: "json",
  json: "json",
  markdown: "markdown",
  md: "markdown",
};
const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "ico"]);

export async function storedAnswer(s3: S3, file: ShownFile, signal: AbortSignal): Promise<Answer> {
  const { target, name, size } = file;
  const extension = extensionOf(name);
  const read = (bytes: number, complete: boolean): ReadAnswer => ({
    reader: "",
    size,
    read_bytes: bytes,
    complete,
    notes: [],
  });
  if (IMAGES.has(extension)) {
    const about = { width: 0, height: 0, channels: [], bits: 8, pages: 1, has_regions: false };
    return { kind: "image", format: extension, ...about, ...read(size, true) };
  }
  const { bytes, complete } = await s3.head(target, MAX_BYTES, signal);
  const text = textOf(bytes, complete);
  if (text === null) return { kind: "bytes", hexadecimal: "", ...read(bytes.length, complete) };
  return {
    kind: "text",
    text: complete ? text : wholeLines(text),
    language: LANGUAGES[extension] ?? extension,
    encoding: "",
    ...read(bytes.length, complete),
  };
}
