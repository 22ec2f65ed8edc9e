import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { S3AccessPage } from "./S3AccessPage";

const GATEWAY = { packages_url: "http://packages.test:5003" };
const KEY = {
  id: "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55",
  name: "nightly",
  user: "amy",
  status: "ACTIVE",
  created_at: "2026-11-29T10:00:00Z",
  expires_at: "2027-02-27T10:00:00Z",
  last_used_at: null,
  fingerprint: "qk_7HqT",
  may_administer: false,
};
const PAIR = {
  access_key_id: "PK3Q7ZJ0M5T1XW8B2VDN",
  created_at: "2026-11-29T10:00:00Z",
  last_used_at: null,
};
const keysWith = (...pairs: unknown[]) =>
  http.get(`${REGISTRY}/api/v1/keys`, () =>
    HttpResponse.json({ items: [{ ...KEY, s3_key_pairs: pairs }], next: null }),
  );

test("an installation without a gateway says so, and makes no key pairs", async () => {
  renderSignedIn(<S3AccessPage />);
  expect(await screen.findByRole("heading", { name: "No package gateway" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Make a key pair" })).toBeNull();
});

test("a new key pair is shown once, with what each tool needs", async () => {
  server.use(
    keysWith(),
    http.post(`${REGISTRY}/api/v1/keys/${KEY.id}/s3`, () =>
      HttpResponse.json(
        {
          ...PAIR,
          secret_access_key: "s".repeat(40),
          expires_at: KEY.expires_at,
          endpoint_url: GATEWAY.packages_url,
          region: "eu-central-1",
        },
        { status: 201 },
      ),
    ),
  );
  const { user } = renderSignedIn(<S3AccessPage />, "/account/s3", GATEWAY);
  expect(await screen.findByRole("heading", { name: "No key pairs" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Make a key pair" }));
  await user.click(await screen.findByRole("button", { name: "Make key pair" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Your key pair" }));
  expect(dialog.getByLabelText("Secret access key").textContent).toBe("s".repeat(40));
  await user.selectOptions(dialog.getByLabelText("Tool"), "rclone");
  const code = dialog.getByLabelText("~/.config/rclone/rclone.conf").textContent;
  expect(code).toContain(`access_key_id = ${PAIR.access_key_id}`);
  expect(code).toContain("endpoint = http://packages.test:5003");
  await user.click(dialog.getByRole("button", { name: "Done" }));
  expect(screen.queryByText("s".repeat(40))).toBeNull();
});

test("who has no API key is led to making one", async () => {
  server.use(http.get(`${REGISTRY}/api/v1/keys`, () => HttpResponse.json({ items: [], next: null })));
  const { user } = renderSignedIn(<S3AccessPage />, "/account/s3", GATEWAY);
  await user.click(await screen.findByRole("button", { name: "Make a key pair" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Make an API key first" }));
  expect(dialog.getByRole("link", { name: "API keys" }).getAttribute("href")).toBe("/account/keys");
});

test("a key pair is withdrawn after a question", async () => {
  let deleted = "";
  server.use(
    keysWith(PAIR),
    http.delete(`${REGISTRY}/api/v1/keys/${KEY.id}/s3/:pair`, ({ params }) => {
      deleted = String(params.pair);
      server.use(keysWith());
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderSignedIn(<S3AccessPage />, "/account/s3", GATEWAY);
  await user.click(await screen.findByRole("button", { name: "Withdraw" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Withdraw" }));
  await waitFor(() => expect(deleted).toBe(PAIR.access_key_id));
  expect(await screen.findByRole("heading", { name: "No key pairs" })).toBeTruthy();
});

test("a refusal to make a key pair is said in the dialog", async () => {
  const detail = "The API key has 5 key pairs already";
  server.use(
    keysWith(PAIR),
    http.post(`${REGISTRY}/api/v1/keys/${KEY.id}/s3`, () =>
      HttpResponse.json({ status: 409, detail }, { status: 409 }),
    ),
  );
  const { user } = renderSignedIn(<S3AccessPage />, "/account/s3", GATEWAY);
  await user.click(await screen.findByRole("button", { name: "Make a key pair" }));
  await user.click(await screen.findByRole("button", { name: "Make key pair" }));
  expect((await screen.findByRole("alert")).textContent).toBe(detail);
});
