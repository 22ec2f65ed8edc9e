/** A JSON text in a thread of its own. */
import type { JsonAnswers, JsonQuestion, JsonReply } from "./jsonMessages";

type Asked<Ask extends JsonQuestion["ask"]> = Omit<Extract<JsonQuestion, { ask: Ask }>, "id" | "ask">;

export class JsonDocument {
  readonly #worker = new Worker(new URL("./json.worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #last = 0;

  constructor() {
    this.#worker.addEventListener("message", (event: MessageEvent<JsonReply>) => {
      this.#waiting.get(event.data.id)?.resolve(event.data.answer as never);
      this.#waiting.delete(event.data.id);
    });
    // Such as when the memory does not suffice.
    this.#worker.addEventListener("error", event => {
      event.preventDefault();
      for (const { reject } of this.#waiting.values()) reject(new Error(event.message));
      this.#waiting.clear();
    });
  }

  ask<Ask extends JsonQuestion["ask"]>(ask: Ask, asked: Asked<Ask>): Promise<JsonAnswers[Ask]> {
    this.#last += 1;
    const id = this.#last;
    const question = { id, ask, ...asked } as unknown as JsonQuestion;
    return new Promise<JsonAnswers[Ask]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // The bytes move there: nobody needs them here, and they are many.
      this.#worker.postMessage(question, question.ask === "open" ? [question.bytes.buffer] : []);
    });
  }

  close(): void {
    this.#worker.terminate();
  }
}
