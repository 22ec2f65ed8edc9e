/** The part of a grid that is in view. Grids may have more rows than a browser can scroll over in pixels. */
import { type RefObject, type UIEvent, useEffect, useLayoutEffect, useState } from "react";

export const ROW_HEIGHT = 30;
/** Browsers go wrong above some ten million pixels. */
const MAX_HEIGHT = 8_000_000;
const ROWS_BEYOND = 6;
/** Before the grid is laid out. */
const FIRST_SIZE = { width: 1_200, height: 600 };

export interface Scrolling {
  /** Of all rows, in pixels. */
  height: number;
  first: number;
  last: number;
  left: number;
  width: number;
  /** Rows that are in view at once. */
  rowsInView: number;
  /** Distance of a row from the top of the first. */
  topOf: (row: number) => number;
  onScroll: (event: UIEvent<HTMLElement>) => void;
  showRow: (row: number) => void;
}

interface Position {
  /** In pixels, as the element has it. */
  top: number;
  left: number;
  /** The first row in view, and how much of it is above. */
  row: number;
}

/** `headHeight`: what stays in view above the rows. */
export function useScrolling(
  element: RefObject<HTMLElement | null>,
  rows: number,
  headHeight: number,
  rowHeight = ROW_HEIGHT,
): Scrolling {
  const [size, setSize] = useState(FIRST_SIZE);
  const [position, setPosition] = useState<Position>({ top: 0, left: 0, row: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const measure = () => {
      if (current.clientHeight > 0) setSize({ width: current.clientWidth, height: current.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);

  const body = Math.max(rowHeight, size.height - headHeight);
  const rowsInView = body / rowHeight;
  const full = rows * rowHeight;
  const height = Math.min(full, MAX_HEIGHT);
  const isScaled = full > MAX_HEIGHT;
  const lastRow = Math.max(0, rows - rowsInView);
  const rowAt = (top: number) =>
    Math.min(lastRow, isScaled ? (top / (height - body)) * lastRow : top / rowHeight);
  const topAt = (row: number) => (isScaled ? (row / lastRow) * (height - body) : row * rowHeight);

  const goTo = (row: number) => {
    const { current } = element;
    if (!current) return;
    const wanted = Math.max(0, Math.min(lastRow, row));
    const top = Math.round(topAt(wanted));
    // The event that follows is about the same place.
    setPosition({ top, left: current.scrollLeft, row: wanted });
    current.scrollTo({ top });
  };

  // Where a pixel of the bar is many rows, the wheel still goes row by row.
  useEffect(() => {
    const { current } = element;
    if (!current || !isScaled) return undefined;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * rowHeight;
      goTo(position.row + pixels / rowHeight);
    };
    current.addEventListener("wheel", onWheel, { passive: false });
    return () => current.removeEventListener("wheel", onWheel);
  });

  // With fewer rows than before, until the browser has scrolled back.
  const row = Math.min(position.row, lastRow);
  const top = row === position.row ? position.top : topAt(row);
  const first = Math.max(0, Math.floor(row) - ROWS_BEYOND);
  return {
    height,
    first,
    last: Math.max(first, Math.min(rows - 1, Math.ceil(row + rowsInView) + ROWS_BEYOND)),
    left: position.left,
    width: size.width,
    rowsInView,
    topOf: other => top + (other - row) * rowHeight,
    onScroll: event => {
      const { scrollTop: top, scrollLeft: left } = event.currentTarget;
      setPosition(now => {
        const isSame = Math.abs(top - now.top) < 1.5;
        return { top: isSame ? now.top : top, left, row: isSame ? now.row : rowAt(top) };
      });
    },
    showRow: row => {
      if (row < position.row) goTo(row);
      else if (row > position.row + rowsInView - 1) goTo(row - rowsInView + 1);
    },
  };
}
