/** Pictures of a folder, small; more of them when their end comes near. */
import { useQueries } from "@tanstack/react-query";
import { ImageOff } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { t } from "@/language/en/preview/gallery";
import { extensionOf, nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Empty } from "@/ui/States";
import type { FileSource } from "../file";
import { readerQueries } from "../queries";
import { useNear } from "../useNear";
import styles from "./Gallery.module.css";

export interface Picture {
  path: string;
  source: FileSource;
  /** Its page. */
  to: string;
}

const BATCH_PICTURES = 25;
const PIXELS = 256;
const EXTENSIONS = new Set(
  "png jpg jpeg gif webp svg bmp tif tiff ico avif jp2 czi dcm fits nii pdf pptx".split(" "),
);

/** By its name: a gallery does not open files to see what they are. */
export const isPicture = (path: string) => EXTENSIONS.has(extensionOf(path));

/** `more`: the listing goes on, and can be asked for its next page. */
export function Gallery({
  pictures,
  more,
}: {
  pictures: readonly Picture[];
  more?: (() => void) | undefined;
}) {
  const services = useServices();
  const [shown, setShown] = useState(BATCH_PICTURES);
  const visible = pictures.slice(0, shown);
  const links = useQueries({
    queries: visible.map(({ source }) => readerQueries.thumbnail(services, { source }, { size: PIXELS })),
  });
  if (pictures.length === 0 && !more) return <Empty title={t.noPictures} icon={<ImageOff size={22} />} />;
  const goOn = () => {
    if (shown < pictures.length) setShown(shown + BATCH_PICTURES);
    else more?.();
  };
  return (
    <>
      <ul className={styles.gallery} aria-label={t.pictures}>
        {visible.map(({ path, to }, index) => (
          <li key={path}>
            <Link to={to} title={nameOf(path)}>
              <Thumbnail url={links[index]?.data} failed={links[index]?.isError ?? false} />
              <span className="cut">{nameOf(path)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {(shown < pictures.length || more) && (
        <End key={`${visible.length} ${pictures.length}`} reached={goOn} />
      )}
      <p className="hidden" role="status">
        {t.pictureShown(visible.length)}
      </p>
    </>
  );
}

function Thumbnail({ url, failed }: { url: string | undefined; failed: boolean }) {
  const [broken, setBroken] = useState(false);
  return (
    <span className={styles.thumbnail}>
      {failed || broken ? (
        <ImageOff size={20} aria-label={t.noThumbnail} />
      ) : (
        url && <img src={url} alt="" loading="lazy" onError={() => setBroken(true)} />
      )}
    </span>
  );
}

function End({ reached }: { reached: () => void }) {
  const [place, isNear] = useNear<HTMLDivElement>();
  useEffect(() => {
    if (isNear) reached();
    // Once for each end: the next one is another component.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isNear]);
  return <div ref={place} className={styles.end} />;
}
