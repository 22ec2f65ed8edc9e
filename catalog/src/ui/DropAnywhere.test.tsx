import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { DropAnywhere, useDropGuard } from "./DropAnywhere";

function Window({ children }: { children?: React.ReactNode }) {
  useDropGuard();
  return <main>{children}</main>;
}

/** Drags a file over the page and drops it; whether the browser was kept from opening it. */
function drop(types = ["Files"]): boolean {
  const dataTransfer = { types, dropEffect: "none" };
  fireEvent.dragOver(document.body, { dataTransfer });
  return !fireEvent.drop(document.body, { dataTransfer });
}

test("a file that is dropped where nobody wants it does not replace the page", () => {
  render(<Window />);
  expect(drop()).toBe(true);
  expect(drop(["text/plain"])).toBe(false);
});

test("the page's own zone takes files before the one that every page has", () => {
  const [own, fallback] = [vi.fn(), vi.fn()];
  const { rerender } = render(
    <Window>
      <DropAnywhere onDrop={own}>Upload here</DropAnywhere>
      <DropAnywhere fallback onDrop={fallback}>
        New package
      </DropAnywhere>
    </Window>,
  );
  fireEvent.dragOver(document.body, { dataTransfer: { types: ["Files"], dropEffect: "none" } });
  expect(screen.getByRole("status").textContent).toBe("Upload here");
  expect(drop()).toBe(true);
  expect(screen.queryByRole("status")).toBeNull();
  rerender(
    <Window>
      <DropAnywhere fallback onDrop={fallback}>
        New package
      </DropAnywhere>
    </Window>,
  );
  drop();
  expect([own.mock.calls.length, fallback.mock.calls.length]).toEqual([1, 1]);
});

test("a zone that takes nothing says why", () => {
  render(
    <Window>
      <DropAnywhere onDrop={null}>Your role may only read lab</DropAnywhere>
    </Window>,
  );
  const dataTransfer = { types: ["Files"], dropEffect: "copy" };
  const over = createEvent.dragOver(document.body, { dataTransfer });
  fireEvent(document.body, over);
  expect(screen.getByRole("status").textContent).toBe("Your role may only read lab");
  expect((over as DragEvent).dataTransfer?.dropEffect).toBe("none");
  fireEvent.dragLeave(document.body, { dataTransfer, relatedTarget: null });
  expect(screen.queryByRole("status")).toBeNull();
});
