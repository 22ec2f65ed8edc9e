/** Addresses on the S3 proxy that a browser may GET without a token: for pictures, players and links. */
import type { Tickets as Answered } from "@/api/models";
import { type Client, type Query, search } from "@/api/client";

const TICKET_SECONDS = 3_600;
/** Addresses are used for less than tickets hold. */
export const TICKET_STALE_MILLISECONDS = 1_800_000;
const BATCH_TICKETS = 100;

interface Wanted {
  path: string;
  query: Query;
  done: (url: string) => void;
  failed: (error: unknown) => void;
}

/** What is asked for at the same time goes in one request. */
export class Tickets {
  readonly #client: Client;
  #waiting: Wanted[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  url(path: string, query: Query): Promise<string> {
    return new Promise((done, failed) => {
      this.#waiting.push({ path, query, done, failed });
      if (this.#waiting.length === 1) setTimeout(() => this.#ask(), 0);
    });
  }

  #ask(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < all.length; at += BATCH_TICKETS)
      void this.#askFor(all.slice(at, at + BATCH_TICKETS));
  }

  async #askFor(wanted: readonly Wanted[]): Promise<void> {
    const items = wanted.map(({ path, query }) => ({
      path,
      query: parametersOf(query),
      seconds: TICKET_SECONDS,
    }));
    try {
      const { items: tickets } = await this.#client.call<Answered>("/api/v1/tickets", {
        method: "POST",
        body: { items },
      });
      wanted.forEach(({ done, failed }, index) => {
        const ticket = tickets[index];
        if (ticket) done(ticket.url);
        else failed(new Error("A ticket is missing in the answer"));
      });
    } catch (error) {
      for (const { failed } of wanted) failed(error);
    }
  }
}

/** As they stand in the address. */
const parametersOf = (query: Query) => Object.fromEntries(new URLSearchParams(search(query)));
