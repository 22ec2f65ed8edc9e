/** Which part of a picture is seen. */

/** Longest side of a thumbnail. */
export const MAX_PIXELS = 2_048;
/** Of the area around the picture, in pixels of the screen. */
export const PADDING = 12;
const GRID = 256;

/** In pixels of the picture. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What is seen, in pixels of the screen from the corner of the picture. */
export type View = Region;

/** On a grid, so that the part stays the same while the picture moves a little. Null when the whole has as many pixels. */
export function visibleRegion(
  view: View,
  zoom: number,
  picture: { width: number; height: number },
): Region | null {
  if (Math.max(picture.width, picture.height) * zoom <= MAX_PIXELS) return null;
  const grid = Math.ceil(GRID / zoom);
  const [left, right] = span(view.left / zoom, (view.left + view.width) / zoom, grid, picture.width);
  const [top, bottom] = span(view.top / zoom, (view.top + view.height) / zoom, grid, picture.height);
  if (left >= right || top >= bottom) return null;
  return { left, top, width: right - left, height: bottom - top };
}

function span(from: number, to: number, grid: number, end: number): [number, number] {
  return [Math.max(Math.floor(from / grid) * grid, 0), Math.min(Math.ceil(to / grid) * grid, end)];
}
