/** Saves the files of a package into a folder of the person's machine, where the browser can write there. */
import { errorMessage, RequestError } from "@/lib/errors";
import type { PackageLink } from "@/api/models";
import { refusal } from "@/api/transport";
import { t } from "@/language/en/services/files";

const MAX_CONCURRENT_FILES = 4;
/** Each goes on from the byte at which the one before it stopped. */
const MAX_ATTEMPTS = 4;
const PAUSE_MILLISECONDS = 1_000;

export interface FailedFile {
  path: string;
  reason: string;
}

export interface SavingState {
  files: number;
  bytes: number;
  doneFiles: number;
  doneBytes: number;
  failed: readonly FailedFile[];
  isRunning: boolean;
}

interface Picking {
  showDirectoryPicker?: (options: { mode: "readwrite"; id: string }) => Promise<FileSystemDirectoryHandle>;
}

export const canPickFolder = () => typeof (window as Picking).showDirectoryPicker === "function";

/** Null when the person chose none. */
export async function pickFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return (await (window as Picking).showDirectoryPicker?.({ mode: "readwrite", id: "downloads" })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** Saves files, and again those that failed; files that are whole are not fetched again. */
export class FolderSaving {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #renew: (signal: AbortSignal) => Promise<readonly PackageLink[]>;
  readonly #pause: number;
  readonly #changed = new Set<() => void>();
  #files: readonly PackageLink[] = [];
  #urls = new Map<string, string>();
  #renewing: Promise<void> | null = null;
  #done = new Set<string>();
  #stopped: AbortController | null = null;
  #state: SavingState = { files: 0, bytes: 0, doneFiles: 0, doneBytes: 0, failed: [], isRunning: false };

  /** `renew` makes fresh links to all files. */
  constructor(
    folder: FileSystemDirectoryHandle,
    renew: (signal: AbortSignal) => Promise<readonly PackageLink[]>,
    pause = PAUSE_MILLISECONDS,
  ) {
    this.#folder = folder;
    this.#renew = renew;
    this.#pause = pause;
  }

  readonly state = () => this.#state;

  readonly subscribe = (changed: () => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  /** Fetches what is not there yet. Throws when links cannot be made. */
  async run(): Promise<void> {
    const stopped = new AbortController();
    this.#stopped = stopped;
    this.#update({ isRunning: true, failed: [] });
    try {
      this.#files = await this.#renew(stopped.signal);
      this.#urls = new Map(this.#files.map(({ path, url }) => [path, url]));
      this.#update({
        files: this.#files.length,
        bytes: this.#files.reduce((sum, { size }) => sum + size, 0),
        doneBytes: this.#files.reduce((sum, { path, size }) => sum + (this.#done.has(path) ? size : 0), 0),
      });
      const waiting = this.#files.filter(({ path }) => !this.#done.has(path)).values();
      const worker = async () => {
        for (const file of waiting) {
          if (stopped.signal.aborted) return;
          await this.#save(file, stopped.signal);
        }
      };
      await Promise.all(Array.from({ length: MAX_CONCURRENT_FILES }, worker));
    } finally {
      this.#update({ isRunning: false });
    }
  }

  stop(): void {
    this.#stopped?.abort();
  }

  async #save(file: PackageLink, signal: AbortSignal): Promise<void> {
    let written = 0;
    const add = (count: number) => {
      written += count;
      this.#update({ doneBytes: this.#state.doneBytes + count });
    };
    try {
      const handle = await this.#handle(file.path);
      const writable = await handle.createWritable();
      try {
        await this.#fetchInto(writable, file, add, signal);
        await writable.close();
      } catch (error) {
        await writable.abort().catch(() => undefined);
        throw error;
      }
      this.#done.add(file.path);
      this.#update({ doneFiles: this.#done.size });
    } catch (error) {
      this.#update({
        doneBytes: this.#state.doneBytes - written,
        ...(signal.aborted
          ? {}
          : { failed: [...this.#state.failed, { path: file.path, reason: reasonOf(error) }] }),
      });
    }
  }

  async #fetchInto(
    writable: FileSystemWritableFileStream,
    file: PackageLink,
    add: (count: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let at = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#fetch(file, at, signal);
        for await (const chunk of chunksOf(answer)) {
          if (at + chunk.byteLength > file.size) throw changed();
          await writable.write(chunk);
          at += chunk.byteLength;
          add(chunk.byteLength);
        }
        if (at === file.size) return;
        throw new RequestError({ status: 0, trouble: "unreachable", message: t.connectionCut });
      } catch (error) {
        if (signal.aborted || attempt === MAX_ATTEMPTS || !isWorthAnother(error)) throw error;
        await new Promise(done => setTimeout(done, this.#pause * attempt));
      }
    }
  }

  async #fetch(file: PackageLink, at: number, signal: AbortSignal): Promise<Response> {
    const headers: HeadersInit = at > 0 ? { Range: `bytes=${at}-` } : {};
    const get = () =>
      fetchOrSay(this.#urls.get(file.path) ?? file.url, { headers, signal, credentials: "omit" });
    const url = this.#urls.get(file.path);
    let answer = await get();
    if (answer.status === 401) {
      // Links hold an hour; large packages take longer.
      await this.#renewLinks(file.path, url, signal);
      answer = await get();
    }
    if (!answer.ok) throw await refusal(answer);
    if (at > 0 && answer.status !== 206) throw changed();
    return answer;
  }

  /** Once for all files that wait for it. */
  async #renewLinks(path: string, expired: string | undefined, signal: AbortSignal): Promise<void> {
    if (this.#urls.get(path) !== expired) return;
    this.#renewing ??= this.#renew(signal)
      .then(files => void (this.#urls = new Map(files.map(each => [each.path, each.url]))))
      .finally(() => (this.#renewing = null));
    await this.#renewing;
  }

  async #handle(path: string): Promise<FileSystemFileHandle> {
    const names = path.split("/");
    const last = names.pop() ?? "";
    let folder = this.#folder;
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create: true });
    return folder.getFileHandle(last, { create: true });
  }

  #update(change: Partial<SavingState>): void {
    this.#state = { ...this.#state, ...change };
    for (const changed of this.#changed) changed();
  }
}

async function fetchOrSay(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new RequestError({
      status: 0,
      trouble: "unreachable",
      message: t.fileStoreCannot,
    });
  }
}

async function* chunksOf(answer: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = answer.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

const changed = () =>
  new RequestError({
    status: 409,
    trouble: "conflict",
    message: t.fileChangedSince,
  });

/** Connections break, and services are restarted; a refusal stays one. */
function isWorthAnother(error: unknown): boolean {
  return error instanceof RequestError
    ? ["broken", "unreachable", "slow", "too-many"].includes(error.trouble)
    : error instanceof TypeError && !isNameError(error); // the connection broke within an answer
}

/** Browsers refuse some names that are none on some systems. */
const isNameError = (error: unknown) => error instanceof TypeError && /name/i.test(error.message);

function reasonOf(error: unknown): string {
  if (isNameError(error)) return t.fileMachineCannot;
  if (error instanceof DOMException && error.name === "TypeMismatchError") return t.folderNameAlready;
  if (error instanceof DOMException && error.name === "QuotaExceededError") return t.diskFull;
  if (error instanceof DOMException && error.name === "NotAllowedError") return t.browserMayNot;
  return errorMessage(error);
}
