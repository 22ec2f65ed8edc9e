import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/preview/markdown";
import { useDark } from "@/ui/useDark";
import { useObjectUrl } from "@/ui/useObjectUrl";
import { drawDiagram, sizeOf, titleOf } from "./diagrams";
import styles from "./Diagram.module.css";

/** A Mermaid diagram as a picture, with its source below it; only the source where it cannot be drawn. */
export default function Diagram({ source }: { source: string }) {
  const dark = useDark();
  const drawn = useQuery({
    queryKey: keys.diagram(source, dark),
    queryFn: () => drawDiagram(source, dark),
    staleTime: Infinity,
    retry: false,
  });
  const { data: svg } = drawn;
  const address = useObjectUrl(
    useMemo(() => (svg === undefined ? null : new Blob([svg], { type: "image/svg+xml" })), [svg]),
  );
  const code = (
    // Scrolls sideways, so it must take the keyboard's focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0}>
      <code className="language-mermaid">{source}</code>
    </pre>
  );
  if (svg === undefined || address === null)
    return (
      <figure className={styles.diagram}>
        {code}
        {drawn.isError && (
          <figcaption className={styles.caption}>{t.diagramCannotDrawn(drawn.error.message)}</figcaption>
        )}
      </figure>
    );
  return (
    <figure className={styles.diagram}>
      <img src={address} alt={titleOf(source)} className={styles.picture} {...sizeOf(svg)} />
      <details className={styles.source}>
        <summary>{t.source}</summary>
        {code}
      </details>
    </figure>
  );
}
