import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { answerOf, answerTickets, renderPreview } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { S3_PROXY } from "@/testing/server";
import { Gallery, isPicture } from "./Gallery";

const image = (format: string, more = {}) =>
  answerOf({
    kind: "image",
    format,
    width: 4_000,
    height: 3_000,
    channels: ["gray"],
    bits: 16,
    pages: 1,
    has_regions: false,
    ...more,
  });

/** Everything is near to what is in view. */
function everythingIsNear() {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(private readonly seen: (entries: { isIntersecting: boolean }[]) => void) {}
      observe() {
        this.seen([{ isIntersecting: true }]);
      }
      disconnect() {
        return undefined;
      }
    },
  );
}

test("a picture that browsers know is shown itself, and zooms by the keyboard", async () => {
  const page = renderPreview(image("png", { bits: 8 }), { name: "img/label.png" });
  const picture = await screen.findByRole<HTMLImageElement>("img", { name: "label.png" });
  expect(picture.src).toContain(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/img/label.png?`);
  expect(picture.src).toContain("X-Amz-Signature=");
  screen.getByRole("region", { name: /Picture label.png/ }).focus();
  await page.user.click(screen.getByRole("button", { name: "100 %" }));
  expect(picture.style.width).toBe("4000px");
  screen.getByRole("region", { name: /Picture label.png/ }).focus();
  await page.user.keyboard("+");
  expect(picture.style.width).toBe("6000px");
  await page.user.keyboard("0");
  expect(picture.style.width).toBe("");
});

test("pages and channels of other pictures are chosen, and the address keeps them", async () => {
  const asked = answerTickets();
  const page = renderPreview(image("tiff", { pages: 3, channels: ["DAPI", "GFP"] }), { name: "cells.tif" });
  const picture = await screen.findByRole<HTMLImageElement>("img", { name: "cells.tif" });
  expect(picture.src).toContain("ticket=t");
  expect(screen.getByText("4,000 × 3,000 · 16 bits · 2 channels · 3 pages")).toBeTruthy();
  await page.user.click(screen.getByRole("button", { name: "Next page" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ page: "2", size: "1024", key: "cells.tif" }));
  await page.user.click(await screen.findByRole("checkbox", { name: "DAPI" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ page: "2", channels: "1" }));
  expect(page.address()).toBe("/?page=2&channels=1");
  await page.user.click(await screen.findByRole("button", { name: "100 %" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ size: "2048" }));
});

test("the part of a large picture that is seen is asked for at its own resolution", async () => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  const asked = answerTickets();
  const slide = image("tiff", { width: 26_112, height: 26_112, bits: 8, has_regions: true });
  const page = renderPreview(slide, { name: "slide.tif" });
  await page.user.click(await screen.findByRole("button", { name: "100 %" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ region: "0,0,1024,768", size: "1024" }));
  vi.restoreAllMocks();
});

test("a picture that does not load is explained", async () => {
  renderPreview(image("png"), { name: "a.png" });
  fireEvent.error(await screen.findByRole("img", { name: "a.png" }));
  expect(await screen.findByRole("heading", { name: "The picture cannot be shown" })).toBeTruthy();
});

test("pages of a document are pictures or texts", async () => {
  everythingIsNear();
  const asked = answerTickets();
  const page = renderPreview(
    answerOf({
      kind: "document",
      format: "pdf",
      pages: [{ number: 1, text: "Harvest report" }],
      total_pages: 2,
      has_pictures: true,
    }),
    { name: "report.pdf" },
  );
  expect(await screen.findByRole("img", { name: "Harvest report" })).toBeTruthy();
  expect(await screen.findByRole("img", { name: "Page 2" })).toBeTruthy();
  expect(asked.map(({ page }) => page)).toEqual(["1", "2"]);
  await page.user.click(screen.getByRole("button", { name: "Text only" }));
  const first = screen.getByRole("region", { name: "Page 1" });
  expect(within(first).getByText("Harvest report")).toBeTruthy();
});

test("texts of further pages are asked for", async () => {
  const report = (numbers: number[]) =>
    answerOf({
      kind: "document",
      format: "pptx",
      pages: numbers.map(number => ({ number, text: `Slide ${number}` })),
      total_pages: 3,
      has_pictures: false,
    });
  const page = renderPreview(query => report(query.get("page") === "3" ? [3] : [1, 2]), {
    name: "talk.pptx",
  });
  await page.user.click(await screen.findByRole("button", { name: "More pages" }));
  expect(await screen.findByText("Slide 3")).toBeTruthy();
  expect(screen.getAllByText(/^Slide/).map(each => each.textContent)).toEqual([
    "Slide 1",
    "Slide 2",
    "Slide 3",
  ]);
  expect(screen.queryByRole("button", { name: "More pages" })).toBeNull();
});

test("a slide is shown with its pictures and the speaker's notes", async () => {
  everythingIsNear();
  const asked = answerTickets();
  renderPreview(
    answerOf({
      kind: "document",
      format: "pptx",
      pages: [
        {
          number: 1,
          title: "Harvest",
          text: "Harvest\nTwo fields",
          notes: "Speak slowly",
          pictures: [{ member: "ppt/media/image1.png", description: "A field" }],
        },
      ],
      total_pages: 1,
      has_pictures: false,
    }),
    { name: "talk.pptx" },
  );
  const slide = await screen.findByRole("region", { name: "Page 1" });
  expect(within(slide).getByRole("heading", { name: "Harvest" })).toBeTruthy();
  expect(within(slide).getByText("Two fields")).toBeTruthy();
  expect(await within(slide).findByRole("img", { name: "A field" })).toBeTruthy();
  expect(asked[0]).toMatchObject({ key: "talk.pptx", member: "ppt/media/image1.png", size: "512" });
  expect(within(slide).getByRole("complementary", { name: "Notes to page 1" }).textContent).toBe(
    "Speak slowly",
  );
});

test("a film plays from where it is stored", async () => {
  renderPreview(answerOf({ kind: "media", media_type: "video/mp4" }), { name: "film.mp4" });
  const player = await screen.findByLabelText<HTMLVideoElement>("film.mp4");
  expect(player.tagName).toBe("VIDEO");
  expect(player.src).toContain("/film.mp4?");
  fireEvent.error(player);
  expect(await screen.findByRole("heading", { name: "This browser cannot play the file" })).toBeTruthy();
});

test("sound has a player of its own", async () => {
  renderPreview(answerOf({ kind: "media", media_type: "audio/flac" }), { name: "bird.flac" });
  expect((await screen.findByLabelText("bird.flac")).tagName).toBe("AUDIO");
});

test("a gallery asks for its pictures in batches, and for more at its end", async () => {
  everythingIsNear();
  const asked = answerTickets();
  const more = vi.fn();
  const pictures = Array.from({ length: 60 }, (_, index) => ({
    path: `img/${index}.png`,
    source: { bucket: "lab", package: "amy/wine", revision: "a".repeat(64), path: `img/${index}.png` },
    to: `/there/${index}`,
  }));
  renderSignedIn(<Gallery pictures={pictures} more={more} />);
  expect((await screen.findByRole("link", { name: "0.png" })).getAttribute("href")).toBe("/there/0");
  await waitFor(() => expect(screen.getAllByRole("link")).toHaveLength(60));
  await waitFor(() => expect(asked).toHaveLength(60));
  expect(asked[59]).toMatchObject({ package: "amy/wine", path: "img/59.png", size: "256" });
  expect(more).toHaveBeenCalled();
});

test.each([
  ["a/b.PNG", true],
  ["slide.ome.tiff", true],
  ["data.csv", false],
])("whether %s is a picture: %s", (path, is) => {
  expect(isPicture(path)).toBe(is);
});
