/** A ZIP archive of objects, which the browser writes itself while it reads them. */
import { t } from "@/language/en/features/files/selection";
import { errorMessage, RequestError } from "@/lib/errors";
import { ZipWriter } from "@/lib/zipWriter";
import type { S3 } from "@/s3/client";
import { saveBlob } from "@/lib/savedFiles";
import type { TransferItem, TransferProgress } from "./transfer";

/** Where a browser cannot write to a file, the archive must fit into its memory. */
export const MAX_BUFFERED_BYTES = 1_073_741_824;

interface Saving {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

interface ArchiveFile {
  write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  close: () => Promise<void>;
  abort: () => Promise<void>;
}

/** Null when the person chose no file. Must be called while their press lasts. */
export async function openArchive(name: string): Promise<ArchiveFile | null> {
  const { showSaveFilePicker } = window as Saving;
  if (!showSaveFilePicker) return buffered(name);
  try {
    const writable = await (await showSaveFilePicker({ suggestedName: name })).createWritable();
    return {
      write: bytes => writable.write(bytes),
      close: () => writable.close(),
      abort: () => writable.abort(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

function buffered(name: string): ArchiveFile {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: bytes => {
      parts.push(bytes);
      return Promise.resolve();
    },
    close: () => {
      saveBlob(new Blob(parts, { type: "application/zip" }), name);
      return Promise.resolve();
    },
    abort: () => Promise.resolve(),
  };
}

export const isBuffered = () => !(window as Saving).showSaveFilePicker;

/** An object that cannot be read ends the archive, which would look whole without it. */
export async function writeArchive(
  s3: S3,
  items: readonly TransferItem[],
  file: ArchiveFile,
  report: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  if (isBuffered() && total > MAX_BUFFERED_BYTES) throw refused(t.browserCanMake);
  const zip = new ZipWriter(file.write);
  try {
    for (const [done, { source, path }] of items.entries()) {
      report({ done, total: items.length, failed: [] });
      await zip.add(path, bytesOf(await s3.link(source), path, signal));
    }
    await zip.end();
    await file.close();
    report({ done: items.length, total: items.length, failed: [] });
  } catch (error) {
    await file.abort().catch(() => undefined);
    throw error;
  }
}

const refused = (message: string) => new RequestError({ status: 0, trouble: "refused", message });

async function* bytesOf(
  url: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    const answer = await fetch(url, { signal, credentials: "omit" });
    if (!answer.ok) throw refused(t.cannotReadHttp(path, answer.status));
    const reader = answer.body?.getReader();
    try {
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) yield next.value;
    } finally {
      // When the archive cannot be written, the rest is not fetched either.
      await reader?.cancel().catch(() => undefined);
    }
  } catch (error) {
    if (signal.aborted || error instanceof RequestError) throw error;
    throw refused(t.cannotRead(path, errorMessage(error)));
  }
}
