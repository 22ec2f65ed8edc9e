/** JSON as a tree, without losing a digit. Long files are fetched whole when somebody wants that. */
import { useMemo, useState } from "react";
import { t } from "@/language/en/preview/text";
import { bytes } from "@/lib/format";
import { type Json, JsonError, parseJson } from "@/lib/json";
import { nameOf } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import { Notice } from "@/ui/States";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { LargeJsonTree } from "./LargeJsonTree";
import { ShownText } from "./TextViewer";
import styles from "./JsonViewer.module.css";

/** Fetched without asking. */
const MAX_UNASKED_BYTES = 8_000_000;
const MAX_BYTES = 100_000_000;

export default function JsonViewer({ answer }: { answer: Answer }) {
  const { size, member } = useFile();
  const [wanted, setWanted] = useState(size <= MAX_UNASKED_BYTES);
  if (answer.kind !== "text") return null;
  if (answer.complete) return <Tree text={answer.text} />;
  const isReachable = member === undefined && !answer.compression && size <= MAX_BYTES;
  if (isReachable && wanted) return <LargeJsonTree beginning={answer.text} />;
  return (
    <>
      <div className={styles.notice}>
        <Notice>{isReachable ? t.fileTreeCan(bytes(size)) : t.onlyBeginningShown}</Notice>
        {isReachable && (
          <Button small onClick={() => setWanted(true)}>
            {t.loadSize(bytes(size))}
          </Button>
        )}
      </div>
      <ShownText text={answer.text} language="json" />
    </>
  );
}

function parsed(text: string): { value: Json } | { mistake: string } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof JsonError) return { mistake: error.message };
    throw error;
  }
}

function Tree({ text }: { text: string }) {
  const { name } = useFile();
  const found = useMemo(() => parsed(text), [text]);
  if ("mistake" in found)
    return (
      <>
        <div className={styles.notice}>
          <Notice kind="warn">{t.notValidJson(found.mistake)}</Notice>
        </div>
        <ShownText text={text} language="json" />
      </>
    );
  return (
    <div className={styles.tree}>
      <JsonTree value={found.value} label={nameOf(name)} open={3} />
    </div>
  );
}
