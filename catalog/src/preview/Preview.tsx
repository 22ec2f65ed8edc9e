/** A file as its reader understands it, in the form that suits it, or in another that somebody chose. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import { ArrowLeft } from "lucide-react";
import { t } from "@/language/en/preview";
import { bytes } from "@/lib/format";
import { useQueryParams } from "@/lib/params";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Empty, Loading } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import type { Answer, ReadAnswer } from "./answers";
import { FileContext, type ShownFile } from "./file";
import { type Form, formsOf, labelled, VIEWERS } from "./forms";
import { readerQueries } from "./queries";
import { ReadFailure } from "./ReadFailure";
import { ToolsContext } from "./Tools";
import { changed, OTHER_FILE, type SetView, useView, ViewContext } from "./viewState";
import styles from "./Preview.module.css";

/**
 * `inAddress`: what is chosen in the viewer is kept in the page's address. Only one preview of a page can do that.
 * `first`: what is chosen at first in others. `plain`: without other forms, and without what was read.
 * `bar`: the element for the choice of forms and the viewer's tools, null until it is there; without one, they stand above the content.
 */
export function Preview({
  inAddress = false,
  first,
  plain = false,
  bar,
  ...file
}: ShownFile & {
  inAddress?: boolean;
  first?: Record<string, string>;
  plain?: boolean;
  bar?: HTMLElement | null;
}) {
  if (file.size === 0) return <Empty title={t.fileEmpty} />;
  if (inAddress)
    return (
      <ViewInAddress>
        <Shown file={file} />
      </ViewInAddress>
    );
  return (
    <ViewInMemory first={first}>
      <Shown file={file} wanted={(first?.as as Form | undefined) ?? null} plain={plain} bar={bar} />
    </ViewInMemory>
  );
}

function ViewInAddress({ children }: { children: ReactNode }) {
  const [params, go] = useQueryParams();
  const set: SetView = (changes, { step = false } = {}) => go(changed(params, changes), { replace: !step });
  return <ViewContext value={{ params, set }}>{children}</ViewContext>;
}

function ViewInMemory({
  first,
  children,
}: {
  first: Record<string, string> | undefined;
  children: ReactNode;
}) {
  const [params, setParams] = useState(() => new URLSearchParams(first));
  const set: SetView = useCallback(changes => setParams(now => changed(now, changes)), []);
  const view = useMemo(() => ({ params, set }), [params, set]);
  return <ViewContext value={view}>{children}</ViewContext>;
}

function Shown({
  file,
  wanted = null,
  plain = false,
  bar,
}: {
  file: ShownFile;
  wanted?: Form | null;
  plain?: boolean;
  bar?: HTMLElement | null | undefined;
}) {
  const { params, set } = useView();
  const table = params.get("table");
  const member = params.get("member");
  const shown = useMemo(() => (member === null ? file : { ...file, name: member, member }), [file, member]);
  const services = useServices();
  const answer = useQuery(
    file.target.through
      ? readerQueries.stored(services, file)
      : readerQueries.preview(services, shown, { table }),
  );
  const [tools, setTools] = useState<HTMLElement | null>(null);
  const asked = params.get("as") as Form | null;
  if (answer.isPending) return <Loading rows={8} label={t.readingFile} />;
  if (answer.isError && asked !== "hex")
    return (
      <ReadFailure
        error={answer.error}
        target={file.target}
        retry={answer.refetch}
        showBytes={() => set({ as: "hex" }, { step: true })}
      />
    );
  const forms: Form[] = answer.data ? formsOf(answer.data, shown, wanted) : ["hex"];
  const form = asked && forms.includes(asked) ? asked : (forms[0] ?? "hex");
  const Viewer = VIEWERS[form];
  const controls = (
    <>
      {member !== null && (
        <>
          <Button small icon={<ArrowLeft size={14} />} onClick={() => set(OTHER_FILE, { step: true })}>
            {t.contentsName(nameOf(file.name))}
          </Button>
          <span className={styles.member}>{member}</span>
        </>
      )}
      {forms.length > 1 && !plain && (
        <Switch
          label={t.view}
          options={labelled(forms)}
          value={form}
          onChange={to => set({ as: to === forms[0] ? null : to }, { step: true })}
        />
      )}
      <div className={styles.tools} ref={setTools} />
    </>
  );
  return (
    <FileContext value={shown}>
      {bar === undefined ? <div className={styles.bar}>{controls}</div> : bar && createPortal(controls, bar)}
      <ToolsContext value={tools}>
        <Suspense fallback={<Loading rows={8} label={t.loadingViewer} />}>
          <Viewer answer={answer.data ?? unread(file)} />
        </Suspense>
      </ToolsContext>
      {answer.data && !plain && <WhatWasRead answer={answer.data} />}
    </FileContext>
  );
}

const unread = (file: ShownFile): Answer => ({
  kind: "bytes",
  hexadecimal: "",
  reader: "",
  size: file.size,
  read_bytes: 0,
  complete: false,
});

function WhatWasRead({ answer }: { answer: Answer & ReadAnswer }) {
  const [reader = "", version = ""] = answer.reader.split("/");
  return (
    <footer className={styles.read}>
      {answer.notes?.map(note => (
        <p key={note}>{note}</p>
      ))}
      <p className="num">
        {/* Further rows of a table come as somebody goes there. */}
        {answer.kind !== "table" && (answer.complete ? t.shownWhole : t.shownPart)}
        {t.readReadBytesSize(bytes(answer.read_bytes), bytes(answer.size))}
        {answer.compression && t.unpackedCompression(answer.compression)}
        {reader && t.readerReaderVersion(reader, version)}
      </p>
    </footer>
  );
}
