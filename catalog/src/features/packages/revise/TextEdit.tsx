/** A text of the package while it is edited; kept, it is a change like others, and is pushed with them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { keys } from "@/api/keys";
import type { PackageFile } from "@/api/models";
import { encodeText, languageOf, NEW_TEXT, type TextFile } from "@/features/files/edit/editable";
import { keptHeaders } from "@/features/files/edit/storedText";
import { TextEditor } from "@/features/files/edit/TextEditor";
import { type OpenedText, useText } from "@/features/files/edit/useText";
import { t } from "@/language/en/features/packages/revise";
import { RequestError } from "@/lib/errors";
import { userMeta } from "@/lib/metadata";
import { useServices } from "@/s3/context";
import type { S3, Target } from "@/s3/client";
import { parsePhysicalKey, physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Empty, ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import type { Added } from "./edits";

const PLAIN_TEXT = "text/plain; charset=utf-8";

interface Props {
  bucket: string;
  name: string;
  path: string;
  /** The change that was kept before, if any. */
  added: Added | null;
  /** As the revision has it; null where it is new. */
  file: PackageFile | null;
  /** `isAll`: nothing was typed while it was being stored. */
  onKeep: (added: Added, isAll: boolean) => void;
  onClose: () => void;
}

export function TextEdit(props: Props) {
  // What is kept is stored elsewhere, and the editor stays.
  const [physical] = useState(() => props.added?.physicalKey ?? props.file?.physical_key);
  if (physical === undefined) return <Writing {...props} opened={null} source={null} />;
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
      {opened => <Writing key={opened.head.etag} {...props} opened={opened} source={target} />}
    </Loaded>
  );
}

function Writing({
  bucket,
  name,
  path,
  added,
  file,
  opened,
  source,
  onKeep,
  onClose,
}: Props & { opened: OpenedText | null; source: Target | null }) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [before, setBefore] = useState<TextFile>(opened ?? NEW_TEXT);
  const [text, setText] = useState(before.text);
  const typed = useRef(text);
  const isChanged = text !== before.text || (opened === null && before === NEW_TEXT);
  useLeaveGuard(text !== before.text);
  const keep = useMutation({
    mutationFn: async (): Promise<Added> => {
      const body = encodeText({ ...before, text });
      const kept = opened && source ? await keptHeaders(s3, source, opened.head) : {};
      const headers = { "content-type": PLAIN_TEXT, ...kept };
      const stored = await storeText(s3, bucket, name, path, body, headers);
      const meta = added?.meta ?? userMeta(file?.meta);
      return { physicalKey: stored, size: new TextEncoder().encode(body).length, ...(meta ? { meta } : {}) };
    },
    onMutate: () => text,
    onSuccess: (kept, _, sent) => {
      void queryClient.invalidateQueries({ queryKey: keys.objects(bucket) });
      setBefore({ ...before, text: sent });
      onKeep(kept, typed.current === sent);
    },
  });
  return (
    <>
      <ErrorNotice error={keep.error} />
      {keep.isSuccess && isChanged && <Notice>{t.keptWithoutRest}</Notice>}
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
        <TextEditor
          label={t.textPath(path)}
          value={text}
          language={languageOf(path)}
          onChange={to => {
            typed.current = to;
            setText(to);
          }}
        />
      </Panel>
    </>
  );
}

/**
 * Stores a text for a path of the package, and returns its physical key. What is there stays: a bucket with versions gets
 * another one, any other bucket another key, since revisions refer to what is there.
 */
async function storeText(
  s3: S3,
  bucket: string,
  name: string,
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<string> {
  const key = `${name}/${path}`;
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
