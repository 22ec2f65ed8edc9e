import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Job } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { BackToForm, JobPanel } from "./JobPanel";

const HASH = "ab".repeat(32);
const RUNNING = {
  id: "7",
  kind: "patch",
  state: "running",
  bucket: "lab",
  name: "amy/wine",
  cancelling: false,
  progress: { stage: "copying", done: 2_000_000, total: 8_000_000, unit: "bytes" },
  problem: null,
  result: null,
} as unknown as Job;
const DONE = {
  ...RUNNING,
  state: "done",
  progress: null,
  result: { bucket: "lab", name: "amy/wine", top_hash: HASH, total_entries: 3, is_latest: true },
} as unknown as Job;
const failed = (slug: string, more: object = {}) =>
  ({
    ...RUNNING,
    state: "failed",
    problem: {
      type: `https://problems.test/${slug}`,
      status: 409,
      title: "No",
      detail: "It failed.",
      ...more,
    },
  }) as unknown as Job;

/** The registry's answers about the job, one after the other; the last one stays. */
function job(...answers: Job[]) {
  server.use(
    http.get(`${REGISTRY}/api/v1/jobs/7`, () =>
      HttpResponse.json(answers.length > 1 ? answers.shift() : answers[0]),
    ),
  );
}

test("a running job shows how far it is, and then what it made", async () => {
  job(RUNNING, DONE);
  renderSignedIn(<JobPanel id="7" />);
  const bar = await screen.findByRole("progressbar", { name: "Copying objects" });
  expect([bar.getAttribute("value"), bar.getAttribute("max")]).toEqual(["2000000", "8000000"]);
  expect(screen.getByText(/2\.00 MB of 8\.00 MB/)).toBeTruthy();
  const made = await screen.findByRole("link", { name: "Open the new revision" }, { timeout: 3_000 });
  expect(made.getAttribute("href")).toBe(`/b/lab/packages/amy/wine/tree/${HASH}/`);
});

test("a running job is stopped at a press", async () => {
  job(RUNNING);
  server.use(
    http.post(`${REGISTRY}/api/v1/jobs/7/cancel`, () => {
      job({ ...RUNNING, cancelling: true });
      return HttpResponse.json({ ...RUNNING, cancelling: true });
    }),
  );
  const { user } = renderSignedIn(<JobPanel id="7" />);
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Stopping…"));
  expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
});

test("a refused push names each fault, and leads back to the form rather than on", async () => {
  job(failed("workflow_violation", { errors: [{ path: "message", message: "A message is required." }] }));
  let left = false;
  const { user } = renderSignedIn(
    <JobPanel id="7" help={of => <BackToForm job={of} back={() => (left = true)} />} />,
  );
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("A message is required.");
  expect(screen.queryByRole("button", { name: "Resume" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Back to the form" }));
  expect(left).toBe(true);
});

test("a push that failed in passing goes on at a press", async () => {
  job(failed("unavailable", { status: 503 }));
  server.use(
    http.post(`${REGISTRY}/api/v1/jobs/7/resume`, () => {
      job(DONE);
      return HttpResponse.json(RUNNING);
    }),
  );
  const { user } = renderSignedIn(<JobPanel id="7" />);
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  expect(await screen.findByRole("link", { name: "Open the new revision" }, { timeout: 3_000 })).toBeTruthy();
});
