/** A picture: the file itself where browsers know its format, else what the reader makes of its pages and channels. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, FileQuestion, Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { t } from "@/language/en/preview/pictures";
import { count } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button, IconButton } from "@/ui/Button";
import { Check } from "@/ui/Field";
import { Empty, Failure, Loading } from "@/ui/States";
import type { Answer, ImageAnswer } from "../answers";
import { useFile } from "../file";
import { readerQueries } from "../queries";
import { Tools } from "../Tools";
import { useLink } from "../useLink";
import { useViewParameter } from "../viewState";
import styles from "./ImageViewer.module.css";
import { MAX_PIXELS } from "./region";
import { isShownAsStored } from "./usePictureLink";
import { VisiblePart } from "./VisiblePart";

const FITTING_PIXELS = 1_024;
const MIN_ZOOM = 0.02;
const MAX_ZOOM = 16;
const ZOOM_STEP = 1.5;

export default function ImageViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "image") return null;
  return <Shown answer={answer} />;
}

function Shown({ answer }: { answer: ImageAnswer }) {
  const file = useFile();
  const [pageText, setPage] = useViewParameter("page");
  const [channelText, setChannels] = useViewParameter("channels");
  const page = Math.min(answer.pages, Math.max(1, Number(pageText) || 1));
  const channels = channelText === null ? null : channelText.split(",").map(Number);
  const isOriginal = isShownAsStored(file, answer);
  return (
    <>
      {(answer.pages > 1 || answer.channels.length > 1) && !isOriginal && (
        <Tools>
          {answer.pages > 1 && (
            <PageChoice
              page={page}
              pages={answer.pages}
              onPage={to => setPage(to === 1 ? null : String(to))}
            />
          )}
          {answer.channels.length > 1 && (
            <fieldset className={styles.channels}>
              <legend className="hidden">{t.channels}</legend>
              {answer.channels.map((name, index) => (
                <Check
                  key={index}
                  label={name || t.channelIndex(index + 1)}
                  checked={channels?.includes(index) ?? true}
                  onChange={to => setChannels(chosenChannels(answer.channels.length, channels, index, to))}
                />
              ))}
            </fieldset>
          )}
        </Tools>
      )}
      {isOriginal ? (
        <Original answer={answer} />
      ) : (
        <Rendered answer={answer} page={page} channels={channels} />
      )}
    </>
  );
}

/** Null for all of them; the last one cannot be left out. */
function chosenChannels(
  total: number,
  now: readonly number[] | null,
  index: number,
  to: boolean,
): string | null {
  const all = Array.from({ length: total }, (_, each) => each);
  const chosen = all.filter(each => (each === index ? to : (now?.includes(each) ?? true)));
  if (chosen.length === 0) return now?.join(",") ?? null;
  return chosen.length === total ? null : chosen.join(",");
}

export function PageChoice({
  page,
  pages,
  onPage,
}: {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}) {
  return (
    <div className={styles.pages}>
      <IconButton label={t.previousPage} disabled={page <= 1} onClick={() => onPage(page - 1)}>
        <ChevronLeft size={15} />
      </IconButton>
      <label>
        {t.page}{" "}
        <input
          type="number"
          min={1}
          max={pages}
          value={page}
          onChange={event => {
            const to = Number(event.target.value);
            if (to >= 1 && to <= pages) onPage(to);
          }}
        />{" "}
        {t.ofPages(count(pages))}
      </label>
      <IconButton label={t.nextPage} disabled={page >= pages} onClick={() => onPage(page + 1)}>
        <ChevronRight size={15} />
      </IconButton>
    </div>
  );
}

function Original({ answer }: { answer: ImageAnswer }) {
  const link = useLink(useFile());
  if (link.isPending) return <Loading rows={3} label={t.loadingPicture} />;
  if (link.isError) return <Failure error={link.error} retry={link.refetch} />;
  return <Zoomable answer={answer} url={link.data} />;
}

function Rendered({
  answer,
  page,
  channels,
}: {
  answer: ImageAnswer;
  page: number;
  channels: readonly number[] | null;
}) {
  const file = useFile();
  const services = useServices();
  const [pixels, setPixels] = useState(FITTING_PIXELS);
  const link = useQuery({
    ...readerQueries.thumbnail(services, file, {
      size: pixels,
      page: answer.pages > 1 ? page : null,
      channels: channels?.join(","),
    }),
    // The present picture stays until the next one is there, and with it how far it is zoomed.
    placeholderData: keepPreviousData,
  });
  if (link.isPending) return <Loading rows={3} label={t.loadingPicture} />;
  if (link.isError) return <Failure error={link.error} retry={link.refetch} />;
  return (
    <Zoomable
      answer={answer}
      url={link.data}
      onZoom={zoom => {
        // Zoomed in, the largest that can be had is asked for.
        if (answer.width * zoom > pixels) setPixels(MAX_PIXELS);
      }}
      parts={
        answer.has_regions
          ? { page: answer.pages > 1 ? page : null, channels: channels?.join(",") }
          : undefined
      }
    />
  );
}

/** `zoom`: null to fit, else pixels of the screen for each of the picture. */
function Zoomable({
  answer,
  url,
  onZoom,
  parts,
}: {
  answer: ImageAnswer;
  url: string;
  onZoom?: (zoom: number) => void;
  /** What parts of the picture can be asked for. */
  parts?: { page: number | null; channels: string | undefined };
}) {
  const { name } = useFile();
  /** Null to fit, else pixels of the screen for each of the picture. */
  const [zoom, setZoom] = useState<number | null>(null);
  const [natural, setNatural] = useState({ width: answer.width, height: answer.height });
  const [failed, setFailed] = useState<string | null>(null);
  const area = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const width = answer.width || natural.width;
  const fitted = () => {
    const shown = area.current?.querySelector("img")?.clientWidth ?? width;
    return width > 0 ? Math.max(shown / width, MIN_ZOOM) : 1;
  };
  const zoomTo = (to: number) => {
    setZoom(to);
    onZoom?.(to);
  };
  const by = (factor: number) => zoomTo(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, (zoom ?? fitted()) * factor)));
  const onKey = (event: KeyboardEvent) => {
    const act = {
      "+": () => by(ZOOM_STEP),
      "=": () => by(ZOOM_STEP),
      "-": () => by(1 / ZOOM_STEP),
      "0": () => setZoom(null),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const onMove = (event: PointerEvent) => {
    if (!drag.current || !area.current) return;
    area.current.scrollLeft -= event.clientX - drag.current.x;
    area.current.scrollTop -= event.clientY - drag.current.y;
    drag.current = { x: event.clientX, y: event.clientY };
  };
  if (failed === url)
    return (
      <Empty title={t.pictureCannotShown} icon={<FileQuestion size={22} />}>
        {t.mayDamagedCould}
      </Empty>
    );
  return (
    <figure className={styles.figure}>
      {/* Scrolls and zooms, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={area}
        className={styles.area}
        data-zoomed={zoom !== null || undefined}
        role="region"
        aria-label={t.picturePlusMinus(nameOf(name))}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onKeyDown={onKey}
        onPointerDown={event => {
          if (zoom === null || event.pointerType !== "mouse") return;
          event.preventDefault();
          event.currentTarget.focus();
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={onMove}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
      >
        <div className={styles.picture}>
          <img
            src={url}
            alt={nameOf(name)}
            draggable={false}
            data-pixels={zoom !== null && zoom >= 3 ? true : undefined}
            style={zoom === null ? undefined : { width: width * zoom }}
            onLoad={event => {
              const { naturalWidth, naturalHeight } = event.currentTarget;
              if (naturalWidth > 0) setNatural({ width: naturalWidth, height: naturalHeight });
            }}
            onError={() => setFailed(url)}
          />
          {zoom !== null && parts && (
            <VisiblePart
              key={`${parts.page} ${parts.channels}`}
              area={area}
              answer={answer}
              zoom={zoom}
              {...parts}
            />
          )}
        </div>
      </div>
      <figcaption className={styles.caption}>
        <span className="num">
          {[
            width > 0 && `${count(width)} × ${count(answer.height || natural.height)}`,
            answer.bits > 8 && t.bitsBits(answer.bits),
            answer.channels.length > 1 && t.channelsChannels(answer.channels.length),
            answer.pages > 1 && t.pagesPages(answer.pages),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span className={styles.zoom}>
          <IconButton label={t.zoomOut} onClick={() => by(1 / ZOOM_STEP)}>
            <ZoomOut size={15} />
          </IconButton>
          <IconButton label={t.zoom} onClick={() => by(ZOOM_STEP)}>
            <ZoomIn size={15} />
          </IconButton>
          <Button small kind="quiet" onClick={() => zoomTo(1)}>
            {zoom === null ? "100 %" : `${Math.round(zoom * 100)} %`}
          </Button>
          <IconButton label={t.fit} onClick={() => setZoom(null)}>
            <Maximize size={15} />
          </IconButton>
        </span>
      </figcaption>
    </figure>
  );
}
