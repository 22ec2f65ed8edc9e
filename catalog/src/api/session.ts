/**
 * Who is signed in. The access token lives in memory only; what outlives the page is a refresh cookie on the
 * registry's host, which no script can read.
 */
import { RequestError } from "@/lib/errors";
import type { Token } from "./models";
import { exchange } from "./transport";

export type SessionState = "starting" | "in" | "out" | "unknown";

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

  async signIn(username: string, password: string): Promise<void> {
    const answer = await exchange<Token>(this.#url, {
      method: "POST",
      body: { username, password },
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
    this.#set("in", { value: answer.token, end: answer.exp * 1000 });
    return answer.token;
  }

  #set(state: SessionState, token: { value: string; end: number } | null): void {
    this.#token = token;
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
