import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { forgetPreferences } from "@/s3/preferences";
import { server } from "./server";
import { watchReact } from "./watchReact";
import { SameThreadWorker } from "./worker";

// A guard against hanging: other work may keep the machine busy.
configure({ asyncUtilTimeout: 20_000 });

Object.assign(globalThis, { Worker: SameThreadWorker });

/** What React says of mistakes in the code: keys that are missing, changes outside of `act`, attributes that do not exist. */
const mistakes = watchReact();

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  forgetPreferences();
  server.resetHandlers();
  expect(mistakes.found.splice(0)).toEqual([]);
});
afterAll(() => {
  mistakes.stop();
  server.close();
});
