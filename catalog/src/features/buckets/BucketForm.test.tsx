import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Bucket } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { EditBucketDialog } from "./BucketForm";

const LAB: Bucket = {
  name: "lab",
  title: "Lab",
  description: null,
  icon_url: null,
  tags: [],
  relevance_score: 0,
  file_extensions_to_index: [".csv"],
  index_content_bytes: 65_536,
  inventory_url: null,
  level: "READ_WRITE",
  created_at: "2026-11-01T10:00:00Z",
  created_by: null,
};

function open(bucket: Bucket = LAB) {
  const saved: unknown[] = [];
  server.use(
    http.patch(`${REGISTRY}/api/v1/buckets/lab`, async ({ request }) => {
      saved.push(await request.json());
      return HttpResponse.json(bucket);
    }),
  );
  return { saved, ...renderSignedIn(<EditBucketDialog bucket={bucket} onClose={() => undefined} />) };
}

test("the contents that can be searched are chosen by extension and size", async () => {
  const { saved, user } = open();
  const extensions = await screen.findByLabelText("Files whose content can be searched");
  const size = screen.getByLabelText<HTMLInputElement>("Content of a file that can be searched");
  expect(size.value).toBe("64 KiB");
  await user.type(extensions, ", md");
  await user.clear(size);
  await user.type(size, "2 MiB");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(saved).toMatchObject([
      { file_extensions_to_index: [".csv", "md"], index_content_bytes: 2 * 1024 * 1024 },
    ]),
  );
});

test("empty fields leave the contents to the registry", async () => {
  const { saved, user } = open();
  await user.clear(await screen.findByLabelText("Files whose content can be searched"));
  await user.clear(screen.getByLabelText("Content of a file that can be searched"));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(saved).toMatchObject([{ file_extensions_to_index: null, index_content_bytes: null }]),
  );
});

test("a size above the limit is not sent", async () => {
  const { saved, user } = open();
  const size = await screen.findByLabelText("Content of a file that can be searched");
  await user.clear(size);
  await user.type(size, "1 GB");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText(/at most 10 MiB, for example/);
  expect(saved).toEqual([]);
});

test("a folder with reports of S3 Inventory is set, and taken away", async () => {
  const { saved, user } = open();
  const folder = await screen.findByLabelText("Reports of S3 Inventory");
  await user.type(folder, "s3://reports/inventory/lab/daily");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved).toMatchObject([{ inventory_url: "s3://reports/inventory/lab/daily" }]));
  await user.clear(folder);
  await user.type(folder, " ");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved[1]).toMatchObject({ inventory_url: null }));
});

test("contents that are not edited stay as they are", async () => {
  const { saved, user } = open({ ...LAB, file_extensions_to_index: [] });
  await user.type(await screen.findByLabelText("Title"), "oratory");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toMatchObject({ title: "Laboratory" });
  expect(saved[0]).not.toHaveProperty("file_extensions_to_index");
  expect(saved[0]).not.toHaveProperty("index_content_bytes");
  expect(saved[0]).not.toHaveProperty("inventory_url");
});
