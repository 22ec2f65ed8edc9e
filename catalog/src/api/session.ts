/**
 * Who is signed in. The access token lives in memory only; what outlives the page is a refresh cookie on the
 * registry's host, which no script can read.
 */
import { RequestError } from "@/lib/errors";
import type { Token } from "./models";
import { exchange } from "./transport";

/** `enrolling`: signed in, but refused everything until they have set up a second factor. */
export type SessionState = "starting" | "in" | "enrolling" | "out" | "unknown";

/** Renew this long before the end. */
const RENEWAL_MARGIN_MILLISECONDS = 60_000;

export class Session {
  #token: { value: string; end: number } | null = null;
  #state: SessionState = "starting";
  #renewal: Promise<string | null> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("patchwork.session");
  readonly #url: string;
  /** Why the state is unknown. */
  trouble: unknown = null;

  constructor(registryUrl: string) {
    this.#url = `${registryUrl}/api/v1/session`;
    this.#tabs?.addEventListener("message", () => this.#set("out", null));
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = () => this.#state;

  /** Take up the session that the cookie remembers, if there is one. */
  async restore(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      this.trouble = error;
      this.#set("unknown", null);
    }
  }

  /** `code`: of the second factor, once the registry has said that it wants one. */
  async signIn(username: string, password: string, code?: string): Promise<void> {
    const answer = await exchange<Token>(this.#url, {
      method: "POST",
      body: { username, password, ...(code === undefined ? {} : { code }) },
      credentials: "include",
    });
    this.#accept(answer);
  }

  async signOut(): Promise<void> {
    const token = this.#token?.value;
    await exchange<undefined>(this.#url, {
      method: "DELETE",
      credentials: "include",
      headers: token ? { Authorization: `Bearer ${token}` } : {},
    });
    this.#set("out", null);
    this.#tabs?.postMessage("out");
  }

  /** A token that is good for a while, or null when nobody is signed in. */
  async bearer(): Promise<string | null> {
    if (this.#token && Date.now() < this.#token.end - RENEWAL_MARGIN_MILLISECONDS) return this.#token.value;
    return this.#state === "out" ? null : this.#renew();
  }

  /** After a 401 on `refused`: another token, or null when the session is over. */
  async another(refused: string): Promise<string | null> {
    return this.#token && this.#token.value !== refused ? this.#token.value : this.#renew();
  }

  /** The registry refuses everything but the set-up of a second factor. */
  mustEnrol(): void {
    if (this.#state === "in") this.#set("enrolling", this.#token);
  }

  /** The second factor is set up. */
  enrolled(): void {
    if (this.#state === "enrolling") this.#set("in", this.#token);
  }

  lost(): void {
    this.#set("out", null);
  }

  #renew(): Promise<string | null> {
    this.#renewal ??= this.#refresh().finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #refresh(): Promise<string | null> {
    try {
      return this.#accept(
        await exchange<Token>(`${this.#url}/refresh`, { method: "POST", credentials: "include" }),
      );
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 401)) throw error;
      this.#set("out", null);
      return null;
    }
  }

  #accept(answer: Token): string {
    const state = this.#state === "enrolling" ? "enrolling" : "in";
    this.#set(state, { value: answer.token, end: answer.exp * 1000 });
    return answer.token;
  }

  #set(state: SessionState, token: { value: string; end: number } | null): void {
    this.#token = token;
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
