/** Files on their way into a folder, and the buttons that choose them. */

import { Check, FolderUp, RotateCcw, TriangleAlert, Upload as UploadIcon, X } from "lucide-react";
import { type ChangeEvent, useRef } from "react";
import { t } from "@/language/en/features/files";
import { bytes, count } from "@/lib/format";
import { chosenFiles, type LocalFile } from "@/s3/dropped";
import { Button, IconButton } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { type UploadItem, useUploads } from "./useUploads";
import styles from "./Uploads.module.css";

const MAX_SHOWN = 200;

export function Uploads({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const { items } = uploads;
  if (items.length === 0) return null;
  const done = items.filter(item => item.state === "done").length;
  const { busy } = uploads;
  // What wants attention first; of thousands, those that matter now.
  const shown = [...items]
    .sort((a, b) => Number(a.state === "done") - Number(b.state === "done"))
    .slice(0, MAX_SHOWN);
  return (
    <Panel
      title={
        <span role="status">
          {busy
            ? t.uploadingDoneItems(done + 1 > items.length ? done : done + 1, items.length)
            : t.uploadedDoneItems(done, items.length)}
        </span>
      }
      tools={
        !busy && (
          <Button small kind="quiet" onClick={uploads.clear}>
            {t.close}
          </Button>
        )
      }
    >
      <ul className={styles.list}>
        {shown.map(item => (
          <li key={item.id}>
            <span className={styles.name}>{item.path}</span>
            <span className={styles.state}>
              <State item={item} />
            </span>
            {(item.state === "sending" || item.state === "waiting") && (
              <IconButton label={t.stopPath(item.path)} onClick={() => uploads.stop(item.id)}>
                <X size={14} />
              </IconButton>
            )}
            {(item.state === "failed" || item.state === "stopped") && (
              <IconButton label={t.uploadAgain(item.path)} onClick={() => uploads.again(item.id)}>
                <RotateCcw size={14} />
              </IconButton>
            )}
          </li>
        ))}
        {items.length > MAX_SHOWN && (
          <li>
            <span className={styles.name}>{t.moreItems(count(items.length - MAX_SHOWN))}</span>
          </li>
        )}
      </ul>
    </Panel>
  );
}

/** Buttons for files and for a whole folder. */
export function ChooseFiles({ add }: { add: (files: LocalFile[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const taken = (event: ChangeEvent<HTMLInputElement>) => {
    add(chosenFiles(event.target.files));
    event.target.value = "";
  };
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label={t.filesUpload} onChange={taken} />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={t.folderUpload}
        onChange={taken}
        {...{ webkitdirectory: "" }}
      />
      <Button icon={<UploadIcon size={15} />} onClick={() => files.current?.click()}>
        {t.upload}
      </Button>
      <Button icon={<FolderUp size={15} />} onClick={() => folder.current?.click()}>
        {t.uploadFolder}
      </Button>
    </>
  );
}

function State({ item }: { item: UploadItem }) {
  switch (item.state) {
    case "done":
      return (
        <>
          <Check size={14} className={styles.good} /> <span className="num">{bytes(item.file.size)}</span>
        </>
      );
    case "failed":
      return (
        <span className={styles.bad} role="alert">
          <TriangleAlert size={14} /> {item.error}
        </span>
      );
    case "stopped":
      return <>{t.stopped}</>;
    case "waiting":
      return <>{t.waiting}</>;
    case "sending":
      return (
        <>
          <progress value={item.sent} max={item.file.size || 1} aria-label={t.uploadPath(item.path)} />
          <span className="num">{t.ofSentFile(bytes(item.sent), bytes(item.file.size))}</span>
        </>
      );
  }
}
