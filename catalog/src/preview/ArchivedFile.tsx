import { useMutation } from "@tanstack/react-query";
import { Archive, Hourglass } from "lucide-react";
import { useState } from "react";
import type { Restoration, RestoreRequest } from "@/api/models";
import { bucketUrl, useBucket } from "@/api/queries";
import { t } from "@/language/en/preview";
import { RequestError } from "@/lib/errors";
import type { Target } from "@/s3/client";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import { Choice, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Empty } from "@/ui/States";
import { restoreCommand } from "./archived";

type Tier = RestoreRequest["tier"];

const FIRST_DAYS = 7;
const MAX_DAYS = 365;
const makeTiers = (): readonly (readonly [Tier, string])[] => [
  ["standard", t.standardHours],
  ["bulk", t.bulkHalfDay],
  ["expedited", t.expeditedMinutesDearest],
];
/** From which nothing comes in minutes. */
const DEEP_ARCHIVE = "DEEP_ARCHIVE";

/** An object that S3 has to bring back before anybody can read it. `error`: what the readers said about it. */
export function ArchivedFile({
  error,
  target,
  retry,
}: {
  error: RequestError;
  target: Target;
  retry: () => unknown;
}) {
  const { client } = useServices();
  const { bucket, key, versionId } = target;
  const level = useBucket(bucket).data?.level;
  const [asking, setAsking] = useState(false);
  const restore = useMutation({
    mutationFn: (wanted: { days: number; tier: Tier }) =>
      client.call<Restoration>(`${bucketUrl(bucket)}/restorations`, {
        method: "POST",
        body: {
          key,
          version_id: versionId && versionId !== "null" ? versionId : null,
          ...wanted,
        } satisfies RestoreRequest,
      }),
    onSuccess: ({ state }) => {
      setAsking(false);
      if (state === "restored") retry();
    },
    onError: failure => {
      if (!(failure instanceof RequestError)) return;
      if (failure.code === "restore_in_progress") setAsking(false);
      if (failure.code === "not_archived") retry();
    },
  });
  const failure = restore.error instanceof RequestError ? restore.error.code : null;
  const isUnderWay =
    error.members.state === "restoring" ||
    restore.data?.state === "restoring" ||
    failure === "restore_in_progress";
  if (isUnderWay)
    return (
      <Empty
        title={t.fileBeingRestored}
        icon={<Hourglass size={22} />}
        action={<Button onClick={() => void retry()}>{t.tryAgain}</Button>}
      >
        <p role="status">{t.s3BringsBack}</p>
      </Empty>
    );
  return (
    <>
      <Empty
        title={t.fileArchived}
        icon={<Archive size={22} />}
        action={
          <>
            {level === "READ_WRITE" && (
              <Button kind="primary" onClick={() => setAsking(true)}>
                {t.restore}
              </Button>
            )}
            <Button onClick={() => void retry()}>{t.tryAgain}</Button>
          </>
        }
      >
        <p role="alert">{error.message}</p>
        <p>{t.cannotReadBefore(level === "READ" && t.peopleMayWrite(bucket))}</p>
        <CodeBlock label={t.commandLine} code={restoreCommand(target)} />
      </Empty>
      {asking && (
        <RestoreDialog
          tiers={makeTiers().filter(
            ([tier]) => error.members.storage_class !== DEEP_ARCHIVE || tier !== "expedited",
          )}
          action={restore}
          onRestore={wanted => restore.mutate(wanted)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function RestoreDialog({
  tiers,
  action,
  onRestore,
  onClose,
}: {
  tiers: readonly (readonly [Tier, string])[];
  action: { isPending: boolean; error: unknown };
  onRestore: (wanted: { days: number; tier: Tier }) => void;
  onClose: () => void;
}) {
  const [days, setDays] = useState(String(FIRST_DAYS));
  const [tier, setTier] = useState<Tier>("standard");
  const wanted = Number(days);
  const isWrong = !Number.isInteger(wanted) || wanted < 1 || wanted > MAX_DAYS;
  return (
    <FormDialog
      title={t.restoreFile}
      about={t.s3MakesCopy}
      submit={t.restore2}
      disabled={isWrong}
      action={action}
      onSubmit={() => onRestore({ days: wanted, tier })}
      onClose={onClose}
    >
      <Field
        label={t.days}
        type="number"
        min={1}
        max={MAX_DAYS}
        value={days}
        onChange={event => setDays(event.target.value)}
        error={isWrong ? t.n1Days(MAX_DAYS) : null}
      />
      <Choice label={t.speed} options={tiers} value={tier} onChange={setTier} />
    </FormDialog>
  );
}
