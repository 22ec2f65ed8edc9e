import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { forgetPreferences } from "@/s3/preferences";
import { server } from "./server";
import { SameThreadWorker } from "./worker";

// A guard against hanging: other work may keep the machine busy.
configure({ asyncUtilTimeout: 20_000 });

Object.assign(globalThis, { Worker: SameThreadWorker });

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  forgetPreferences();
  server.resetHandlers();
});
afterAll(() => server.close());
