import { render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { expect, test } from "vitest";
import { HistorySeam, Seam, seamText } from "./Seam";

const NONE = { added: 0, removed: 0, changed: 0, moved: 0, metadata: 0 };

test("changes are told in words", () => {
  expect(seamText({ ...NONE, added: 3, removed: 1 })).toBe("3 files added, 1 file removed");
  expect(seamText(NONE)).toBe("same files");
  expect(seamText(null)).toBe("not counted yet");
});

test("a seam has a patch for each kind of change, which grows slower than its count", () => {
  const { container } = render(<Seam counts={{ ...NONE, added: 1024, removed: 1 }} />);
  const patches = [...container.querySelectorAll<HTMLElement>("[data-kind]")];
  expect(patches.map(each => [each.dataset.kind, each.style.flexGrow])).toEqual([
    ["added", "11"],
    ["removed", "1"],
  ]);
});

test("the history has the pushes in their order, and leads to all of them", () => {
  const { container } = render(
    <MemoryRouter>
      <HistorySeam
        to="/revisions"
        label="History: 2 revisions"
        pushes={[
          { id: "1", counts: { ...NONE, added: 1 } },
          { id: "2", counts: { ...NONE, moved: 1 } },
        ]}
      />
    </MemoryRouter>,
  );
  expect(screen.getByRole("link", { name: "History: 2 revisions" }).getAttribute("href")).toBe("/revisions");
  expect([...container.querySelectorAll<HTMLElement>("[data-kind]")].map(each => each.dataset.kind)).toEqual([
    "added",
    "moved",
  ]);
});
