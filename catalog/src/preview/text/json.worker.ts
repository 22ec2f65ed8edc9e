/** Holds a JSON text off the page's own thread, which stays free for the keyboard. */
import { answerJson, type JsonQuestion } from "./jsonMessages";

const answer = answerJson();
addEventListener("message", (event: MessageEvent<JsonQuestion>) => postMessage(answer(event.data)));
