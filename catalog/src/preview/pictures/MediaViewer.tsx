import { FileQuestion } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/preview/pictures";
import { nameOf } from "@/lib/paths";
import { Empty, Failure, Loading, Notice } from "@/ui/States";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { useLink } from "../useLink";
import styles from "./MediaViewer.module.css";

/** Sound and moving pictures. The browser asks for the ranges that it plays. */
export default function MediaViewer({ answer }: { answer: Answer }) {
  const file = useFile();
  const link = useLink(file, file.member === undefined);
  const [broken, setBroken] = useState(false);
  if (answer.kind !== "media") return null;
  if (file.member !== undefined) return <Notice>{t.unpackArchivePlay}</Notice>;
  if (link.isPending) return <Loading rows={3} label={t.loadingPlayer} />;
  if (link.isError) return <Failure error={link.error} retry={link.refetch} />;
  if (broken)
    return (
      <Empty title={t.browserCannotPlay} icon={<FileQuestion size={22} />}>
        {t.mayDamagedFormat(answer.media_type)}
      </Empty>
    );
  const player = {
    src: link.data,
    controls: true,
    preload: "metadata",
    "aria-label": nameOf(file.name),
    onError: () => setBroken(true),
  } as const;
  return (
    <div className={styles.player}>
      {/* Files have no captions beside them. */}
      {answer.media_type.startsWith("audio/") ? (
        // eslint-disable-next-line jsx-a11y/media-has-caption
        <audio {...player} />
      ) : (
        // eslint-disable-next-line jsx-a11y/media-has-caption
        <video {...player} playsInline />
      )}
    </div>
  );
}
