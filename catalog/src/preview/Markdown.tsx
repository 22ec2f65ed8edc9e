/** Markdown as React elements: raw HTML in it is left out, and nothing comes from other hosts. */
import { useQuery } from "@tanstack/react-query";
import ReactMarkdown, { type Components } from "react-markdown";
import { Link } from "react-router";
import remarkGfm from "remark-gfm";
import { keys } from "@/api/keys";
import { resolve } from "@/lib/paths";
import { useServices } from "@/s3/context";
import type { Place } from "./place";
import styles from "./Markdown.module.css";

const isAbsolute = (url: string) => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(url);

export default function Markdown({ source, place }: { source: string; place: Place }) {
  return (
    <div className={styles.markdown}>
      <ReactMarkdown skipHtml remarkPlugins={[remarkGfm]} components={componentsOf(place)}>
        {source}
      </ReactMarkdown>
    </div>
  );
}

/** Headings go two levels down: the page and the panel have their own. */
function componentsOf(place: Place): Components {
  return {
    h1: ({ children }) => <h3 data-level="1">{children}</h3>,
    h2: ({ children }) => <h4 data-level="2">{children}</h4>,
    h3: ({ children }) => <h5 data-level="3">{children}</h5>,
    h4: ({ children }) => <h6 data-level="4">{children}</h6>,
    h5: ({ children }) => <h6 data-level="4">{children}</h6>,
    h6: ({ children }) => <h6 data-level="4">{children}</h6>,
    a: ({ href = "", id, children }) => {
      if (href.startsWith("#"))
        return (
          <a href={href} id={id}>
            {children}
          </a>
        );
      if (isAbsolute(href))
        return (
          <a href={href} target="_blank" rel="noopener noreferrer">
            {children}
          </a>
        );
      const path = resolve(place.path, href);
      return path === null ? <span>{children}</span> : <Link to={place.page(path)}>{children}</Link>;
    },
    img: ({ src, alt = "" }) =>
      typeof src !== "string" || isAbsolute(src) ? (
        <Elsewhere url={typeof src === "string" ? src : ""} alt={alt} />
      ) : (
        <StoredImage place={place} path={resolve(place.path, src)} alt={alt} />
      ),
    input: ({ checked }) => (
      <input
        type="checkbox"
        checked={checked === true}
        readOnly
        disabled
        aria-label={checked ? "Done" : "To do"}
      />
    ),
    table: ({ children }) => (
      // Scrolls sideways, so it must take the keyboard's focus.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Table">
        <table>{children}</table>
      </div>
    ),
    pre: ({ children }) => (
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
      <pre tabIndex={0}>{children}</pre>
    ),
  };
}

function Elsewhere({ url, alt }: { url: string; alt: string }) {
  return /^https?:/i.test(url) ? (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {alt || "Image"} ↗
    </a>
  ) : (
    <span className="muted">{alt}</span>
  );
}

function StoredImage({ place, path, alt }: { place: Place; path: string | null; alt: string }) {
  const { s3 } = useServices();
  const link = useQuery({
    queryKey: keys.documentImage(place.page(path ?? ""), path),
    queryFn: async () => s3.link(await place.target(path ?? "")),
    enabled: path !== null,
    staleTime: 1_800_000,
  });
  return link.data ? <img src={link.data} alt={alt} loading="lazy" /> : <span className="muted">{alt}</span>;
}
