/**
 * Markdown as React elements, with the safe part of its HTML. Nothing comes from other hosts, and ids of the document
 * have a prefix.
 */
import { useQuery } from "@tanstack/react-query";
import type { Element } from "hast";
import {
  createContext,
  type HTMLAttributes,
  lazy,
  type ReactNode,
  Suspense,
  use,
  useContext,
  useEffect,
  useRef,
} from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import { Link, useLocation, useNavigate } from "react-router";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { keys } from "@/api/keys";
import { t } from "@/language/en/preview/markdown";
import { isJsonScalar, type Json } from "@/lib/json";
import { resolve } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { JsonTree } from "@/ui/JsonTree";
import { rehypeAlerts } from "./alerts";
import { extensionsFor } from "./extensions";
import { type FrontMatter, splitFrontMatter } from "./frontMatter";
import { decoded, ID_PREFIX, isAbsolute, linkOf, sectionOf } from "./links";
import type { Place } from "../place";
import styles from "./Markdown.module.css";

type Schema = NonNullable<Parameters<typeof rehypeSanitize>[0]>;

const SCHEMA: Schema = {
  ...defaultSchema,
  // Their sources would come before the picture that is stored beside the document.
  tagNames: defaultSchema.tagNames?.filter(name => name !== "picture" && name !== "source") ?? [],
  attributes: {
    ...defaultSchema.attributes,
    code: [["className", /^language-./, "math-inline", "math-display"]],
  },
  // `linkOf` decides about links, and pictures are only shown from where the document is.
  protocols: { ...defaultSchema.protocols, href: null, src: null },
  strip: ["script", "style"],
  clobberPrefix: ID_PREFIX,
};

const InDocument = createContext<Place | null>(null);

function usePlace(): Place {
  const place = useContext(InDocument);
  if (!place) throw new Error("A part of a document is outside of one");
  return place;
}

export default function Markdown({ source, place }: { source: string; place: Place }) {
  const root = useRef<HTMLDivElement>(null);
  const { hash } = useLocation();
  const { front, body } = splitFrontMatter(source);
  const { html, mathSyntax, math, code } = use(extensionsFor(body));
  useEffect(() => {
    if (hash && root.current) sectionOf(root.current, decoded(hash.slice(1)))?.scrollIntoView();
  }, [hash, body]);
  return (
    <div className={styles.markdown} ref={root} data-document>
      <InDocument value={place}>
        {front && <FrontMatterTable front={front} />}
        <ReactMarkdown
          remarkPlugins={[remarkGfm, ...mathSyntax]}
          remarkRehypeOptions={{ clobberPrefix: "" }}
          rehypePlugins={[
            ...html,
            [rehypeSanitize, SCHEMA],
            [rehypeSlug, { prefix: ID_PREFIX }],
            rehypeAlerts,
            ...math,
            ...code,
          ]}
          urlTransform={url => url}
          components={COMPONENTS}
        >
          {body}
        </ReactMarkdown>
      </InDocument>
    </div>
  );
}

/** What goes on to the element: all but the node of the document's tree. */
function attributesOf<Props extends { node?: unknown }>(props: Props): Omit<Props, "node"> {
  const attributes = { ...props };
  delete attributes.node;
  return attributes;
}

/** Headings go two levels down: the page and the panel have their own. */
function headingOf(Tag: "h3" | "h4" | "h5" | "h6", level: 1 | 2 | 3 | 4): Components["h1"] {
  return function Heading({ children, ...props }) {
    return (
      <Tag {...attributesOf(props)} data-level={level}>
        {children}
      </Tag>
    );
  };
}

const Diagram = lazy(() => import("./Diagram"));

/** The source of a Mermaid diagram, if the block of code is one. */
function diagramIn(block: Element | undefined): string | null {
  const [code] = block?.children ?? [];
  if (code?.type !== "element" || code.tagName !== "code") return null;
  const { className } = code.properties;
  if (!Array.isArray(className) || !className.includes("language-mermaid")) return null;
  return code.children
    .map(each => (each.type === "text" ? each.value : ""))
    .join("")
    .trimEnd();
}

const COMPONENTS: Components = {
  h1: headingOf("h3", 1),
  h2: headingOf("h4", 2),
  h3: headingOf("h5", 3),
  h4: headingOf("h6", 4),
  h5: headingOf("h6", 4),
  h6: headingOf("h6", 4),
  a: ({ href = "", children, ...props }) => (
    <DocumentLink href={href} attributes={attributesOf(props)}>
      {children}
    </DocumentLink>
  ),
  img: ({ src, alt = "", title, width, height }) =>
    typeof src !== "string" || src === "" || isAbsolute(src) ? (
      <Elsewhere url={typeof src === "string" ? src : ""} alt={alt} />
    ) : (
      <StoredImage reference={src} image={{ alt, title, width, height }} />
    ),
  input: ({ checked }) => (
    <input
      type="checkbox"
      checked={checked === true}
      readOnly
      disabled
      aria-label={checked ? t.done : t.do}
    />
  ),
  table: ({ children }) => <Wide>{children}</Wide>,
  pre: ({ children, node }) => {
    const code = (
      // Scrolls sideways, so it must take the keyboard's focus.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      <pre tabIndex={0}>{children}</pre>
    );
    const diagram = diagramIn(node);
    if (diagram === null) return code;
    return (
      <Suspense fallback={code}>
        <Diagram source={diagram} />
      </Suspense>
    );
  },
};

/** Pictures in links cannot be links themselves. */
const InLink = createContext(false);

function DocumentLink({
  href,
  attributes,
  children,
}: {
  href: string;
  attributes: HTMLAttributes<HTMLElement>;
  children: ReactNode;
}) {
  const navigate = useNavigate();
  const { search } = useLocation();
  const link = linkOf(href, usePlace());
  const inside = <InLink value={link !== null}>{children}</InLink>;
  switch (link?.kind) {
    case "section":
      return (
        <a
          {...attributes}
          href={href}
          onClick={event => {
            event.preventDefault();
            const root = event.currentTarget.closest("[data-document]");
            if (root) sectionOf(root, link.fragment)?.scrollIntoView();
            void navigate({ search, hash: href }, { preventScrollReset: true });
          }}
        >
          {inside}
        </a>
      );
    case "web":
      return (
        <a {...attributes} href={link.href} target="_blank" rel="noopener noreferrer">
          {inside}
        </a>
      );
    case "page":
      return (
        <Link {...attributes} to={link.to}>
          {inside}
        </Link>
      );
    default:
      return <span {...attributes}>{inside}</span>;
  }
}

/** A table that scrolls sideways, so it must take the keyboard's focus. */
function Wide({ label = t.table, children }: { label?: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table>{children}</table>
    </div>
  );
}

function FrontMatterTable({ front: { fields, text } }: { front: FrontMatter }) {
  // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
  if (!fields) return <pre tabIndex={0}>{text}</pre>;
  return (
    <Wide label={t.frontMatter}>
      <tbody>
        {Object.entries(fields).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <FieldValue name={name} value={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </Wide>
  );
}

function FieldValue({ name, value }: { name: string; value: Json }) {
  if (isJsonScalar(value)) return String(value ?? "");
  if (Array.isArray(value) && value.every(isJsonScalar))
    return value.map(each => String(each ?? "")).join(", ");
  return <JsonTree value={value} label={name} open={1} />;
}

function Elsewhere({ url, alt }: { url: string; alt: string }) {
  const inLink = useContext(InLink);
  const isWeb = /^(https?:)?[/\\]{2}/i.test(url);
  if (!isWeb) return <span className="muted">{alt}</span>;
  if (inLink) return <>{alt || t.image}</>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {alt || t.image} ↗
    </a>
  );
}

interface ImageProps {
  alt: string;
  title: string | undefined;
  width: string | number | undefined;
  height: string | number | undefined;
}

function StoredImage({ reference, image }: { reference: string; image: ImageProps }) {
  const { s3 } = useServices();
  const place = usePlace();
  const path = resolve(place.path, reference);
  const link = useQuery({
    queryKey: keys.documentImage(place.page(path ?? ""), path),
    queryFn: async () => s3.link(await place.target(path ?? "")),
    enabled: path !== null,
    staleTime: 1_800_000,
  });
  const { alt, ...size } = image;
  return link.data ? (
    <img src={link.data} alt={alt} loading="lazy" {...size} />
  ) : (
    <span className="muted">{alt}</span>
  );
}
