import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPreview, tableAnswer, textAnswer } from "@/testing/preview";

test("an array of records is a table, and a tree when somebody wants that", async () => {
  const text = textAnswer('[{"region": "Ahr", "litres": 12345678901234567890}]', "json");
  const table = tableAnswer({ format: "json", rows: [], total: 0 });
  renderPreview(query => (query.get("as") === "text" ? text : table), { name: "wine.json", at: "/?as=json" });
  expect(await screen.findByText("12345678901234567890")).toBeTruthy();
  for (const form of ["Table", "Tree", "Text"])
    expect(screen.getByRole("button", { name: form })).toBeTruthy();
});
