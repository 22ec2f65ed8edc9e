/** Threads for tests, whose environment has none: they answer in the same one, a moment later. */
import { answerJson, type JsonQuestion } from "@/preview/text/jsonMessages";

export class SameThreadWorker extends EventTarget {
  readonly #answer = answerJson();
  #isEnded = false;

  postMessage(question: JsonQuestion): void {
    queueMicrotask(() => {
      if (!this.#isEnded) this.dispatchEvent(new MessageEvent("message", { data: this.#answer(question) }));
    });
  }

  terminate(): void {
    this.#isEnded = true;
  }
}
