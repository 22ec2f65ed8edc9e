/** The JSON API of a service, as the person who is signed in. */
import { t } from "@/language/en/services";
import { RequestError } from "@/lib/errors";
import type { Session } from "./session";
import { exchange, type Exchange } from "./transport";

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Call extends Omit<Exchange, "headers" | "credentials"> {
  query?: Query;
}

export function search(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    for (const each of typeof value === "object" ? value : [value]) params.append(name, String(each));
  }
  const text = params.toString();
  return text && `?${text}`;
}

export class Client {
  readonly #base: string;
  readonly #session: Session;
  readonly #who: string;
  /** Searches must have the changes up to here: what this person pushed is found at once. */
  #position: number | null = null;

  constructor(base: string, session: Session, who = t.registry) {
    this.#base = base;
    this.#session = session;
    this.#who = who;
  }

  get position(): number | null {
    return this.#position;
  }

  pushed(position: number): void {
    this.#position = Math.max(position, this.#position ?? 0);
  }

  async call<T>(path: string, { query = {}, ...options }: Call = {}): Promise<T> {
    const url = this.#base + path + search(query);
    const token = await this.#session.bearer();
    if (!token) throw signedOut();
    try {
      return await this.#exchange<T>(url, options, token);
    } catch (error) {
      if (error instanceof RequestError && error.code === "second_factor_missing") this.#session.mustEnrol();
      if (!(error instanceof RequestError && error.status === 401)) throw error;
      const another = await this.#session.another(token);
      if (!another) throw signedOut();
      return this.#again<T>(url, options, another);
    }
  }

  #exchange<T>(url: string, options: Exchange, token: string): Promise<T> {
    return exchange<T>(url, { ...options, headers: { Authorization: `Bearer ${token}` } }, this.#who);
  }

  async #again<T>(url: string, options: Exchange, token: string): Promise<T> {
    try {
      return await this.#exchange<T>(url, options, token);
    } catch (error) {
      if (error instanceof RequestError && error.status === 401) this.#session.lost();
      throw error;
    }
  }
}

function signedOut(): RequestError {
  return new RequestError({ status: 401, trouble: "unauthenticated", message: t.sessionEnded });
}
