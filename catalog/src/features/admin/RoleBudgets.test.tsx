import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Role } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { RoleBudgets } from "./RoleBudgets";

const ROLE: Role = {
  id: "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55",
  name: "Curators",
  is_default: false,
  managed: true,
  arn: "",
  policies: [{ id: "0c8f2a44-3a8e-4f0e-8d8c-2a51d6f1c9b7", title: "Curators" }],
  permissions: {},
  query_budgets: { seconds: 600, memory_bytes: 2 ** 32, read_bytes: null, rows: null },
};

test("budgets of a role's queries are shown, checked and saved with its policies as they are", async () => {
  const sent: unknown[] = [];
  server.use(
    http.put(`${REGISTRY}/api/v1/admin/roles/Curators`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(ROLE);
    }),
  );
  const { user } = renderSignedIn(<RoleBudgets role={ROLE} />);
  const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
  expect(field("Seconds").value).toBe("600");
  expect(field("Memory").value).toBe("4 GiB");
  await user.clear(field("Seconds"));
  await user.clear(field("Memory"));
  await user.type(field("Memory"), "64 MiB");
  await user.click(screen.getByRole("button", { name: "Save budgets" }));
  expect(await screen.findByText(/From 256 MiB to 1 TiB/)).toBeTruthy();
  expect(sent).toEqual([]);
  await user.clear(field("Memory"));
  await user.type(field("Memory"), "512 MiB");
  await user.type(field("Rows of a result"), "1,000");
  await user.click(screen.getByRole("button", { name: "Save budgets" }));
  expect(await screen.findByText("Saved.")).toBeTruthy();
  await waitFor(() =>
    expect(sent).toEqual([
      {
        name: "Curators",
        policies: ["0c8f2a44-3a8e-4f0e-8d8c-2a51d6f1c9b7"],
        query_budgets: { seconds: null, memory_bytes: 2 ** 29, read_bytes: null, rows: 1000 },
      },
    ]),
  );
});
