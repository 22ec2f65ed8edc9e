/** All files of a revision, folder by folder, through the listing of directories: there is no flat one. */
import type { QueryClient } from "@tanstack/react-query";
import type { Client } from "@/api/client";
import { keys } from "@/api/keys";
import type { Entry, Page } from "@/api/models";
import { FOREVER, revisionUrl } from "@/api/queries";
import { RequestError } from "@/lib/errors";
import { type SearchablePath, searchable } from "@/lib/fileSearch";

const MAX_CONCURRENT_LISTINGS = 4;
/** Requests after which somebody must want more; each brings up to 1,000 entries. */
export const MAX_LISTINGS = 300;
const MAX_PREFERRED_LISTINGS = 20;

export interface WalkState {
  /** How many files have been found so far. */
  count: number;
  /** `paused`: as many listings as are made without being asked for. */
  phase: "walking" | "whole" | "paused" | "failed";
  error: unknown;
}

interface Step {
  folder: string;
  cursor: string | null;
}

interface Listing {
  files: string[];
  folders: string[];
  next: string | null;
}

export interface Walked {
  bucket: string;
  name: string;
  topHash: string;
}

export class PackageWalk {
  /** Grows; `count` says how far. */
  readonly files: SearchablePath[] = [];
  readonly #queryClient: QueryClient;
  readonly #client: Client;
  readonly #of: Walked;
  readonly #seen = new Set([""]);
  readonly #listeners = new Set<() => void>();
  #steps: Step[] = [{ folder: "", cursor: null }];
  #preferred = "";
  #underWay = 0;
  readonly #maxListings: number;
  #left: number;
  /** Further requests, in the preferred folder only. */
  #preferredLeft = 0;
  #abort: AbortController | null = null;
  #state: WalkState = { count: 0, phase: "walking", error: null };

  constructor(queryClient: QueryClient, client: Client, of: Walked, maxListings: number) {
    this.#queryClient = queryClient;
    this.#client = client;
    this.#of = of;
    this.#maxListings = maxListings;
    this.#left = maxListings;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = () => this.#state;

  start(): void {
    this.#abort ??= new AbortController();
    this.#go();
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Go on after a pause or a failure. */
  more(): void {
    this.#left = this.#maxListings;
    this.#set({ phase: "walking", error: null });
    this.#go();
  }

  /** Look there first, also after a pause. */
  prefer(folder: string): void {
    this.#preferred = folder;
    if (folder === "") return;
    this.#add(folder);
    if (!this.#steps.some(step => this.#isPreferred(step))) return;
    this.#preferredLeft = MAX_PREFERRED_LISTINGS;
    if (this.#state.phase !== "failed") this.#set({ phase: "walking" });
    this.#go();
  }

  #isPreferred({ folder }: Step): boolean {
    return folder === this.#preferred || folder.startsWith(`${this.#preferred}/`);
  }

  #add(folder: string): void {
    if (this.#seen.has(folder)) return;
    this.#seen.add(folder);
    this.#steps.push({ folder, cursor: null });
  }

  #set(to: Partial<WalkState>): void {
    this.#state = { ...this.#state, ...to };
    for (const listener of this.#listeners) listener();
  }

  /** The next one to list, as far as the budgets go. */
  #next(): Step | undefined {
    const there = this.#steps.findIndex(step => this.#isPreferred(step));
    if (there !== -1 && this.#preferredLeft > 0) this.#preferredLeft -= 1;
    else if (this.#left > 0) this.#left -= 1;
    else return undefined;
    return this.#steps.splice(Math.max(there, 0), 1)[0];
  }

  #go(): void {
    if (this.#abort === null || this.#state.phase === "failed") return;
    while (this.#underWay < MAX_CONCURRENT_LISTINGS && this.#steps.length > 0) {
      const step = this.#next();
      if (step === undefined) break;
      this.#underWay += 1;
      void this.#list(step, this.#abort.signal);
    }
    if (this.#underWay > 0) return;
    this.#set({ phase: this.#steps.length === 0 ? "whole" : "paused" });
  }

  async #list(step: Step, signal: AbortSignal): Promise<void> {
    try {
      const listing = await this.#listing(step);
      for (const path of listing.files) this.files.push(searchable(path));
      for (const folder of listing.folders) this.#add(folder);
      if (listing.next !== null) this.#steps.unshift({ folder: step.folder, cursor: listing.next });
      this.#set({ count: this.files.length });
    } catch (error) {
      // What somebody typed need not be a folder.
      if (!(error instanceof RequestError && error.trouble === "missing")) {
        this.#steps.unshift(step);
        if (!signal.aborted) this.#set({ phase: "failed", error });
      }
    }
    this.#underWay -= 1;
    this.#go();
  }

  #listing({ folder, cursor }: Step): Promise<Listing> {
    const { bucket, name, topHash } = this.#of;
    return this.#queryClient.query({
      queryKey: keys.packagePaths(bucket, name, topHash, folder, cursor),
      queryFn: async ({ signal }) => {
        const page = await this.#client.call<Page<Entry>>(`${revisionUrl(bucket, name, topHash)}/entries`, {
          signal,
          query: { path: folder, cursor },
        });
        const of = (type: Entry["type"]) =>
          page.items.filter(entry => entry.type === type).map(entry => entry.path);
        return { files: of("file"), folders: of("directory"), next: page.next };
      },
      staleTime: FOREVER,
    });
  }
}
