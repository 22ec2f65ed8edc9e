/** The beginning of a file as it is stored, read as text. */
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/preview/text";
import { bytes } from "@/lib/format";
import { useServices } from "@/s3/context";
import { Loaded } from "@/ui/Loaded";
import { Empty, Notice } from "@/ui/States";
import { useFile } from "../file";
import { textOf, wholeLines } from "./decoding";
import styles from "./StoredText.module.css";

const MAX_BYTES = 512 * 1024;

/** The first bytes, from the file store. */
export function useStoredBytes(length: number) {
  const { s3 } = useServices();
  const { target } = useFile();
  const { bucket, key, versionId, through } = target;
  return useQuery({
    queryKey: keys.objectSlice(bucket, key, versionId ?? null, Boolean(through), length),
    queryFn: ({ signal }) => s3.head(target, length, signal),
    staleTime: 60_000,
  });
}

export function StoredText({ children }: { children: (text: string) => ReactNode }) {
  const slice = useStoredBytes(MAX_BYTES);
  const text = useMemo(
    () => (slice.data ? textOf(slice.data.bytes, slice.data.complete) : null),
    [slice.data],
  );
  return (
    <Loaded query={slice} label={t.loadingFile} lines={8}>
      {({ complete, size }) =>
        text === null ? (
          <Empty title={t.fileNotText} icon={<FileQuestion size={22} />} />
        ) : (
          <>
            {!complete && (
              <div className={styles.notice}>
                <Notice>{t.firstShown(bytes(MAX_BYTES), bytes(size))}</Notice>
              </div>
            )}
            {children(complete ? text : wholeLines(text))}
          </>
        )
      }
    </Loaded>
  );
}
