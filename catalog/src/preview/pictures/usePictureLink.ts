/** The address at which a browser shows a picture: of the file itself where it knows the format, else of what the reader makes of it. */
import { useQuery } from "@tanstack/react-query";
import { useServices } from "@/s3/context";
import type { ImageAnswer } from "../answers";
import type { ShownFile } from "../file";
import { readerQueries } from "../queries";
import { useLink } from "../useLink";

const BROWSER_FORMATS = new Set(["png", "apng", "jpeg", "jpg", "gif", "webp", "svg", "avif", "bmp", "ico"]);
/** Larger ones are shown as the reader shrinks them. */
const MAX_ORIGINAL_BYTES = 25_000_000;
const MAX_ORIGINAL_PIXELS = 40_000_000;
const RENDERED_PIXELS = 1_024;

export const isShownAsStored = (file: ShownFile, answer: ImageAnswer): boolean =>
  BROWSER_FORMATS.has(answer.format) &&
  file.member === undefined &&
  !answer.compression &&
  file.size <= MAX_ORIGINAL_BYTES &&
  answer.width * answer.height <= MAX_ORIGINAL_PIXELS;

export function usePictureLink(file: ShownFile, answer: ImageAnswer) {
  const isOriginal = isShownAsStored(file, answer);
  const original = useLink(file, isOriginal);
  const rendered = useQuery({
    ...readerQueries.thumbnail(useServices(), file, { size: RENDERED_PIXELS }),
    enabled: !isOriginal,
  });
  return isOriginal ? original : rendered;
}
