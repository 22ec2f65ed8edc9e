/** Lines with their numbers and colours. Those out of sight cost no layout, but the browser's search finds them. */
import { memo, useEffect, useRef, useState } from "react";
import { linesOf, type Token, tokenLines } from "./tokens";
import { highlightedName, highlighterFor } from "./languages";
import styles from "./CodeLines.module.css";

const BLOCK_LINES = 200;
/** Longer texts stay without colours: the highlighter would stop the page. */
const MAX_COLOURED_LENGTH = 300_000;

function useTokens(text: string, language: string | null): Token[][] | null {
  const [found, setFound] = useState<{ of: string; lines: Token[][] } | null>(null);
  useEffect(() => {
    if (!language || text.length > MAX_COLOURED_LENGTH) return undefined;
    let wanted = true;
    highlighterFor(language).then(
      highlighter => {
        if (!highlighter || !wanted) return;
        const { value } = highlighter.highlight(linesOf(text).join("\n"), {
          language: highlightedName(language.toLowerCase()),
          ignoreIllegals: true,
        });
        setFound({ of: text, lines: tokenLines(value) });
      },
      // Colours are left out when they cannot be fetched.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [text, language]);
  return found?.of === text ? found.lines : null;
}

export function CodeLines({
  text,
  language,
  label,
  wrap = false,
  numbers = true,
  marked = NONE,
  current = null,
}: {
  text: string;
  language: string | null;
  label: string;
  wrap?: boolean;
  numbers?: boolean;
  /** Lines that a search found, and the one that is looked at. */
  marked?: ReadonlySet<number>;
  current?: number | null;
}) {
  const root = useRef<HTMLDivElement>(null);
  const tokens = useTokens(text, language);
  const lines = linesOf(text);
  useEffect(() => {
    if (current !== null)
      root.current?.querySelector(`[data-line="${current + 1}"]`)?.scrollIntoView({ block: "center" });
  }, [current]);
  const blocks = Array.from(
    { length: Math.ceil(lines.length / BLOCK_LINES) },
    (_, index) => index * BLOCK_LINES,
  );
  return (
    // Scrolls, so it must take the keyboard's focus.
    <div
      ref={root}
      className={styles.lines}
      data-wrap={wrap || undefined}
      data-numbers={numbers || undefined}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <pre>
        {blocks.map(start => (
          <Block
            key={start}
            start={start}
            lines={tokens?.slice(start, start + BLOCK_LINES) ?? null}
            plain={lines}
            marked={marked}
            current={current}
          />
        ))}
      </pre>
    </div>
  );
}

const NONE: ReadonlySet<number> = new Set();

const Block = memo(function Block({
  start,
  lines,
  plain,
  marked,
  current,
}: {
  start: number;
  lines: Token[][] | null;
  plain: string[];
  marked: ReadonlySet<number>;
  current: number | null;
}) {
  const texts = plain.slice(start, start + BLOCK_LINES);
  return (
    <div className={styles.block}>
      {texts.map((line, index) => {
        const number = start + index;
        return (
          <div
            key={number}
            className={styles.line}
            data-line={number + 1}
            data-found={marked.has(number) || undefined}
            data-current={number === current || undefined}
          >
            {lines?.[index]?.map((token, at) =>
              token.className ? (
                <span key={at} className={token.className}>
                  {token.text}
                </span>
              ) : (
                token.text
              ),
            ) ?? line}
            {"\n"}
          </div>
        );
      })}
    </div>
  );
});
