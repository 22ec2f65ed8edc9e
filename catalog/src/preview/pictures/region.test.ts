import { expect, test } from "vitest";
import { visibleRegion } from "./region";

const PICTURE = { width: 26_112, height: 13_000 };

test("a part that is seen lies on a grid within the picture", () => {
  const view = { left: 1_000, top: 12_900, width: 1_200, height: 700 };
  expect(visibleRegion(view, 1, PICTURE)).toEqual({ left: 768, top: 12_800, width: 1_536, height: 200 });
  expect(visibleRegion({ ...view, left: -12, top: -12 }, 2, PICTURE)).toEqual({
    left: 0,
    top: 0,
    width: 640,
    height: 384,
  });
});

test("a part stays the same while the picture moves a little", () => {
  const at = (left: number) => visibleRegion({ left, top: 300, width: 1_200, height: 700 }, 0.5, PICTURE);
  expect(at(300)).toEqual(at(310));
  expect(at(300)).not.toEqual(at(600));
});

test("the whole is enough while it has as many pixels as are seen", () => {
  expect(visibleRegion({ left: 0, top: 0, width: 1_200, height: 700 }, 0.05, PICTURE)).toBeNull();
});
