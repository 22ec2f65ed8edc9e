/** Pages of a document: as they look where that can be had, else their texts, pictures and notes. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/language/en/preview/pictures";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Switch } from "@/ui/Switch";
import type { Answer, DocumentAnswer, DocumentPage, DocumentPicture } from "../answers";
import { useFile, WITHIN } from "../file";
import { readerQueries } from "../queries";
import { Tools } from "../Tools";
import { useNear } from "../useNear";
import styles from "./DocumentViewer.module.css";

const PAGE_PIXELS = 1_024;
const EMBEDDED_PIXELS = 512;
/** Greatest number of pages that are shown, also of those whose texts are not in the answer. */
const MAX_PAGES = 500;

export default function DocumentViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "document") return null;
  return <Shown answer={answer} />;
}

function Shown({ answer }: { answer: DocumentAnswer }) {
  const { name } = useFile();
  const [asText, setAsText] = useState(!answer.has_pictures);
  const total = answer.total_pages ?? answer.pages.length;
  const further = useFurtherTexts(answer);
  const pages = asText ? further.pages : pagesOf(answer, Math.min(total, MAX_PAGES));
  return (
    <>
      <Tools>
        {answer.has_pictures && (
          <Switch
            label={t.showPages}
            options={[
              ["pictures", t.pictures],
              ["text", t.textOnly],
            ]}
            value={asText ? "text" : "pictures"}
            onChange={to => setAsText(to === "text")}
          />
        )}
        <span className={styles.count}>
          {t.pagesTotal(total)}
          {pages.length < total && t.firstShown(pages.length)}
        </span>
      </Tools>
      {/* Scrolls, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.pages} tabIndex={0} role="region" aria-label={t.pagesName(nameOf(name))}>
        {pages.map(page => (
          <section key={page.number} className={styles.page} aria-label={t.pageNumber(page.number)}>
            {asText && page.title && <h3>{page.title}</h3>}
            {asText ? <PageContent page={page} /> : <PagePicture page={page} />}
            {page.notes && (
              <aside className={styles.notes} aria-label={t.notesPage(page.number)}>
                {page.notes}
              </aside>
            )}
            <footer className="num">{page.number}</footer>
          </section>
        ))}
        {asText && further.more && (
          <Button busy={further.isLoading} onClick={further.more}>
            {t.morePages}
          </Button>
        )}
      </div>
    </>
  );
}

function PageContent({ page }: { page: DocumentPage }) {
  const text = textBelowTitle(page);
  const pictures = page.pictures ?? [];
  return (
    <>
      {text && <p className={styles.text}>{text}</p>}
      {pictures.length > 0 && (
        <div className={styles.embedded}>
          {pictures.map(picture => (
            <EmbeddedPicture key={picture.member} {...picture} />
          ))}
        </div>
      )}
      {!page.text && pictures.length === 0 && <p className={styles.text}>{t.noText}</p>}
    </>
  );
}

/** The title is often the first line of the text. */
const textBelowTitle = ({ title, text }: DocumentPage) =>
  title && text.startsWith(title) ? text.slice(title.length).trimStart() : text;

function EmbeddedPicture({ member, description }: DocumentPicture) {
  const file = useFile();
  const [place, isNear] = useNear<HTMLDivElement>();
  const within = { ...file, member: file.member === undefined ? member : `${file.member}${WITHIN}${member}` };
  const link = useQuery({
    ...readerQueries.thumbnail(useServices(), within, { size: EMBEDDED_PIXELS }),
    enabled: isNear,
  });
  const [failed, setFailed] = useState(false);
  if (link.isError || failed) return <p className="muted">{t.cannotShown(description ?? nameOf(member))}</p>;
  return (
    <div ref={place} className={styles.embeddedPicture} data-waiting={!link.data || undefined}>
      {link.data && <img src={link.data} alt={description ?? ""} onError={() => setFailed(true)} />}
    </div>
  );
}

/** Texts come some pages at a time. */
function useFurtherTexts(answer: DocumentAnswer) {
  const services = useServices();
  const file = useFile();
  const [starts, setStarts] = useState<readonly number[]>([]);
  const queries = useQueries({
    queries: starts.map(page => readerQueries.preview(services, file, { page })),
  });
  const pages = [...answer.pages];
  for (const { data } of queries)
    if (data?.kind === "document")
      pages.push(...data.pages.filter(({ number }) => number > (pages.at(-1)?.number ?? 0)));
  const next = (pages.at(-1)?.number ?? 0) + 1;
  const isLoading = queries.some(query => query.isPending);
  const isMore = next <= (answer.total_pages ?? 0) && !starts.includes(next);
  return {
    pages,
    isLoading,
    more: isMore || isLoading ? () => setStarts([...starts, next]) : null,
  };
}

function pagesOf({ pages }: DocumentAnswer, total: number): DocumentPage[] {
  const known = new Map(pages.map(page => [page.number, page] as const));
  return Array.from({ length: total }, (_, index) => known.get(index + 1) ?? { number: index + 1, text: "" });
}

function PagePicture({ page }: { page: DocumentPage }) {
  const file = useFile();
  const [place, isNear] = useNear<HTMLDivElement>();
  const link = useQuery({
    ...readerQueries.thumbnail(useServices(), file, {
      size: PAGE_PIXELS,
      page: page.number,
    }),
    enabled: isNear,
  });
  const [failed, setFailed] = useState(false);
  return (
    <div ref={place} className={styles.picture} data-waiting={!link.data || undefined}>
      {link.isError || failed ? (
        <p className={styles.text}>{page.text || t.pageCannotShown}</p>
      ) : (
        link.data && (
          <img src={link.data} alt={page.text || t.pageNumber(page.number)} onError={() => setFailed(true)} />
        )
      )}
    </div>
  );
}
