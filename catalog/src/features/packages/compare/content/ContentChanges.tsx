/** What differs inside a file: in its lines, its structure or its picture. */
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { useMemo, useState } from "react";
import { t } from "@/language/en/features/packages/compare";
import { bytes } from "@/lib/format";
import { isQueried } from "@/lib/sql";
import type { TextAnswer } from "@/preview/answers";
import type { ShownFile } from "@/preview/file";
import { formsOf } from "@/preview/forms";
import { readerQueries } from "@/preview/queries";
import { useServices } from "@/s3/context";
import { Loaded, together } from "@/ui/Loaded";
import { Empty, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { LineChanges } from "./LineChanges";
import { PictureChanges } from "./PictureChanges";
import { readDocument, structureChanges, structureLanguageOf } from "./structure";
import { StructureChanges } from "./StructureChanges";
import styles from "./ContentChanges.module.css";

export function ContentChanges({ before, after }: { before: ShownFile; after: ShownFile }) {
  const answers = together(useContent(before), useContent(after));
  return (
    <Loaded query={answers} label={t.readingBothFiles}>
      {([old, now]) => {
        if (old.kind === "image" && now.kind === "image")
          return (
            <PictureChanges before={{ file: before, answer: old }} after={{ file: after, answer: now }} />
          );
        if (old.kind === "text" && now.kind === "text")
          return <TextChanges before={old} after={now} name={after.name} />;
        return (
          <Empty title={t.notComparedInside} icon={<FileQuestion size={22} />}>
            {t.textsPicturesCompared(isQueried(after.name) ? t.tablesRows : ".")}
          </Empty>
        );
      }}
    </Loaded>
  );
}

/** What the reader makes of a file; of other files that are written as text, such as tables, their text. */
function useContent(file: ShownFile) {
  const services = useServices();
  const content = useQuery(
    file.target.through
      ? readerQueries.stored(services, file)
      : readerQueries.preview(services, file, { table: null }),
  );
  const isOther =
    content.data !== undefined &&
    content.data.kind !== "text" &&
    formsOf(content.data, file).includes("text");
  const text = useQuery({ ...readerQueries.preview(services, file, { as: "text" }), enabled: isOther });
  return isOther ? text : content;
}

type Way = "structure" | "lines";
const ways = () =>
  [
    ["structure", t.structure],
    ["lines", t.lines],
  ] as const satisfies readonly (readonly [Way, string])[];

function TextChanges({ before, after, name }: { before: TextAnswer; after: TextAnswer; name: string }) {
  const [way, setWay] = useState<Way>("structure");
  const isWhole = before.complete && after.complete;
  const language = isWhole ? structureLanguageOf(name) : null;
  const changes = useMemo(() => {
    if (language === null) return null;
    const [old, now] = [readDocument(before.text, language), readDocument(after.text, language)];
    return old && now ? structureChanges(old.value, now.value) : null;
  }, [before.text, after.text, language]);
  return (
    <>
      {!isWhole && (
        <div className={styles.notice}>
          <Notice>{t.filesTooLarge(bytes(before.read_bytes), bytes(after.read_bytes))}</Notice>
        </div>
      )}
      {changes && (
        <div className={styles.bar}>
          <Switch label={t.compare2} options={ways()} value={way} onChange={setWay} />
        </div>
      )}
      {changes && way === "structure" ? (
        <StructureChanges changes={changes} label={t.changesName(name)} />
      ) : (
        <LineChanges before={before.text} after={after.text} label={t.changedLines(name)} />
      )}
    </>
  );
}
