/** What is seen of a zoomed picture, at its own resolution, over the smaller copy of the whole. */
import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";
import { useServices } from "@/s3/context";
import type { ImageAnswer } from "../answers";
import { useFile } from "../file";
import { readerQueries } from "../queries";
import { MAX_PIXELS, PADDING, type Region, type View, visibleRegion } from "./region";
import styles from "./VisiblePart.module.css";

const SETTLE_MILLISECONDS = 150;

interface Props {
  area: RefObject<HTMLElement | null>;
  answer: ImageAnswer;
  zoom: number;
  page: number | null;
  channels: string | undefined;
}

export function VisiblePart({ area, answer, zoom, page, channels }: Props) {
  const file = useFile();
  const services = useServices();
  const region = useVisibleRegion(area, answer, zoom);
  const [shown, setShown] = useState<{ url: string; region: Region } | null>(null);
  const picture = region && {
    size: Math.min(
      MAX_PIXELS,
      Math.ceil(Math.max(region.width, region.height) * Math.min(zoom * devicePixelRatio, 1)),
    ),
    region: [region.left, region.top, region.width, region.height].join(","),
    page,
    channels,
  };
  const link = useQuery({
    ...readerQueries.thumbnail(services, file, picture ?? {}),
    enabled: picture !== null,
  });
  const next = region && link.data !== undefined ? { url: link.data, region } : null;
  // The part before stays until the next one is there.
  const parts = [shown, next].filter(part => part !== null);
  return parts
    .filter((part, index) => parts.findIndex(({ url }) => url === part.url) === index)
    .map(part => (
      <img
        key={part.url}
        className={styles.part}
        src={part.url}
        alt=""
        draggable={false}
        style={{
          left: part.region.left * zoom,
          top: part.region.top * zoom,
          width: part.region.width * zoom,
          height: part.region.height * zoom,
        }}
        onLoad={() => setShown(part)}
      />
    ));
}

function useVisibleRegion(
  area: RefObject<HTMLElement | null>,
  answer: ImageAnswer,
  zoom: number,
): Region | null {
  const [region, setRegion] = useState<Region | null>(null);
  const { width, height } = answer;
  useEffect(() => {
    const seen = area.current;
    if (!seen) return;
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      const view: View = {
        left: seen.scrollLeft - PADDING,
        top: seen.scrollTop - PADDING,
        width: seen.clientWidth,
        height: seen.clientHeight,
      };
      setRegion(visibleRegion(view, zoom, { width, height }));
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(look, SETTLE_MILLISECONDS);
    };
    soon();
    const resized = new ResizeObserver(soon);
    resized.observe(seen);
    seen.addEventListener("scroll", soon, { passive: true });
    return () => {
      clearTimeout(timer);
      resized.disconnect();
      seen.removeEventListener("scroll", soon);
    };
  }, [area, width, height, zoom]);
  return region;
}
