import { act, fireEvent, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { expect, test } from "vitest";
import { type Scrolling, useScrolling } from "./scrolling";

function Probe({ rows, seen }: { rows: number; seen: (view: Scrolling) => void }) {
  const element = useRef<HTMLDivElement>(null);
  const view = useScrolling(element, rows, 34);
  seen(view);
  return <div data-testid="grid" ref={element} onScroll={view.onScroll} />;
}

function probe(rows: number) {
  let last: Scrolling | undefined;
  const { rerender } = render(<Probe rows={rows} seen={view => (last = view)} />);
  const element = screen.getByTestId("grid");
  return {
    view: () => last as unknown as Scrolling,
    change: (to: number) => rerender(<Probe rows={to} seen={view => (last = view)} />),
    scrollTo: (top: number) => {
      element.scrollTop = top;
      fireEvent.scroll(element);
    },
  };
}

test("rows of a short table lie where the browser scrolls", () => {
  const { view, scrollTo } = probe(1_000);
  expect(view().height).toBe(30_000);
  scrollTo(3_000);
  expect(view().topOf(100)).toBe(3_000);
  expect(view().first).toBeLessThanOrEqual(100);
  expect(view().last).toBeGreaterThan(110);
});

test("the last of a hundred million rows can be reached", () => {
  const { view, scrollTo } = probe(100_000_000);
  expect(view().height).toBe(8_000_000);
  scrollTo(8_000_000);
  expect(view().last).toBe(99_999_999);
  act(() => view().showRow(50_000_000));
  expect(view().first).toBeLessThan(50_000_000);
  expect(view().last).toBeGreaterThanOrEqual(50_000_000);
  act(() => view().showRow(50_000_100));
  expect(view().last).toBeGreaterThanOrEqual(50_000_100);
  expect(view().first).toBeGreaterThan(50_000_000);
});

test("a table that has become shorter shows its own rows at once", () => {
  const { view, scrollTo, change } = probe(1_000);
  scrollTo(20_000);
  change(3);
  expect([view().first, view().last]).toEqual([0, 2]);
  expect(view().topOf(0)).toBe(0);
});
