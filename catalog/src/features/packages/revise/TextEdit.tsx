/** A text of the package while it is edited; kept, it is a change like others, and is pushed with them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/api/keys";
import type { PackageFile } from "@/api/models";
import { encodeText, languageOf, NEW_TEXT, type TextFile } from "@/features/files/edit/editable";
import { TextEditor } from "@/features/files/edit/TextEditor";
import { useText } from "@/features/files/edit/useText";
import { t } from "@/language/en/features/packages/revise";
import { RequestError } from "@/lib/errors";
import { userMeta } from "@/lib/metadata";
import { useServices } from "@/s3/context";
import type { S3 } from "@/s3/client";
import { parsePhysicalKey, physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Empty, ErrorNotice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import type { Added } from "./edits";

interface Props {
  bucket: string;
  name: string;
  path: string;
  /** The change that was kept before, if any. */
  added: Added | null;
  /** As the revision has it; null where it is new. */
  file: PackageFile | null;
  onKeep: (added: Added) => void;
  onClose: () => void;
}

export function TextEdit(props: Props) {
  const { added, file } = props;
  const physical = added?.physicalKey ?? file?.physical_key;
  if (physical === undefined) return <Writing {...props} before={NEW_TEXT} isNew />;
  const target = parsePhysicalKey(physical);
  if (!target)
    return (
      <Panel>
        <Empty title={t.notS3}>{t.fileStored(physical)}</Empty>
      </Panel>
    );
  return <StoredTextEdit {...props} target={target} />;
}

function StoredTextEdit({
  target,
  ...props
}: Props & { target: NonNullable<ReturnType<typeof parsePhysicalKey>> }) {
  const text = useText(target);
  return (
    <Loaded query={text} label={t.readingFile} lines={8} framed>
      {opened => <Writing key={opened.head.etag} {...props} before={opened} isNew={false} />}
    </Loaded>
  );
}

function Writing({
  bucket,
  name,
  path,
  added,
  file,
  before,
  isNew,
  onKeep,
  onClose,
}: Props & { before: TextFile; isNew: boolean }) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [text, setText] = useState(before.text);
  const isChanged = text !== before.text || isNew;
  useLeaveGuard(text !== before.text);
  const keep = useMutation({
    mutationFn: async (): Promise<Added> => {
      const body = encodeText({ ...before, text });
      const stored = await storeText(s3, bucket, name, path, body);
      const meta = added?.meta ?? userMeta(file?.meta);
      return { physicalKey: stored, size: new TextEncoder().encode(body).length, ...(meta ? { meta } : {}) };
    },
    onSuccess: kept => {
      void queryClient.invalidateQueries({ queryKey: keys.objects(bucket) });
      onKeep(kept);
    },
  });
  return (
    <>
      <ErrorNotice error={keep.error} />
      <Panel
        title={<span>{path}</span>}
        tools={
          <>
            <Button small kind="quiet" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button
              small
              busy={keep.isPending}
              disabled={!isChanged || keep.isPending}
              onClick={() => keep.mutate()}
            >
              {t.keepChange}
            </Button>
          </>
        }
      >
        <TextEditor label={t.textPath(path)} value={text} language={languageOf(path)} onChange={setText} />
      </Panel>
    </>
  );
}

/**
 * Stores a text for a path of the package, and returns its physical key. What is there stays: a bucket with versions gets
 * another one, any other bucket another key, since revisions refer to what is there.
 */
async function storeText(s3: S3, bucket: string, name: string, path: string, body: string): Promise<string> {
  const key = `${name}/${path}`;
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const existing = await s3.describe({ bucket, key }).catch((error: unknown) => {
    if (error instanceof RequestError && error.trouble === "missing") return null;
    throw error;
  });
  const hasVersions = ![undefined, null, "null"].includes(existing?.versionId);
  const moment = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const free = existing === null || hasVersions ? key : `${name}/${moment}/${path}`;
  const { versionId } = await s3.put({ bucket, key: free }, body, headers);
  const version = versionId === null ? "" : `?${new URLSearchParams({ versionId }).toString()}`;
  return physicalKey(bucket, free) + version;
}
