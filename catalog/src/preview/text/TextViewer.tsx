import { ChevronDown, ChevronUp, Search, WrapText } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { t } from "@/language/en/preview/text";
import { extensionOf, nameOf } from "@/lib/paths";
import { IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Filter } from "@/ui/Field";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { Tools } from "../Tools";
import { CodeLines } from "./CodeLines";
import { StoredText } from "./StoredText";
import { linesOf } from "./tokens";
import styles from "./TextViewer.module.css";

/** Text that a reader decoded, or that is there as it is stored. */
export default function TextViewer({ answer }: { answer: Answer }) {
  const { name } = useFile();
  if (answer.kind === "text") return <ShownText text={answer.text} language={answer.language ?? null} />;
  return <StoredText>{text => <ShownText text={text} language={extensionOf(name) || null} />}</StoredText>;
}

export function ShownText({ text, language }: { text: string; language: string | null }) {
  const { name } = useFile();
  const [wrap, setWrap] = useState(false);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => linesWith(text, wanted), [text, wanted]);
  const marked = useMemo(() => new Set(found), [found]);
  const go = (by: number) => setAt((at + by + found.length) % Math.max(1, found.length));
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
  };
  return (
    <>
      <Tools>
        {/* The keys of the field within. */}
        {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
        <div className={styles.find} onKeyDown={onKey}>
          <Search size={14} aria-hidden />
          <Filter
            label={t.findText}
            value={wanted}
            onChange={to => {
              setWanted(to);
              setAt(0);
            }}
          />
          <span role="status" className="num muted">
            {wanted && (found.length ? t.lineAtFound(at + 1, found.length) : t.notFound)}
          </span>
          {found.length > 1 && (
            <>
              <IconButton label={t.previousLine} onClick={() => go(-1)}>
                <ChevronUp size={15} />
              </IconButton>
              <IconButton label={t.nextLine} onClick={() => go(1)}>
                <ChevronDown size={15} />
              </IconButton>
            </>
          )}
        </div>
        <IconButton label={t.wrapLongLines} aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          <WrapText size={15} />
        </IconButton>
        <CopyButton text={text} label={t.copy} small />
      </Tools>
      <CodeLines
        text={text}
        language={language}
        label={t.textName(nameOf(name))}
        wrap={wrap}
        marked={marked}
        current={wanted ? (found[at] ?? null) : null}
      />
    </>
  );
}

/** Numbers of the lines, from 0, in any case of letters. */
function linesWith(text: string, wanted: string): number[] {
  if (!wanted) return [];
  const small = wanted.toLowerCase();
  return linesOf(text).flatMap((line, index) => (line.toLowerCase().includes(small) ? [index] : []));
}
