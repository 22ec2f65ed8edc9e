import { useMutation } from "@tanstack/react-query";
import { Archive, Hourglass } from "lucide-react";
import { useState } from "react";
import type { Restoration, RestoreRequest } from "@/api/models";
import { bucketUrl, useBucket } from "@/api/queries";
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
const TIERS: readonly (readonly [Tier, string])[] = [
  ["standard", "Standard: in hours"],
  ["bulk", "Bulk: in half a day to two days, the cheapest"],
  ["expedited", "Expedited: in minutes, the dearest"],
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
        title="The file is being restored"
        icon={<Hourglass size={22} />}
        action={<Button onClick={() => void retry()}>Try again</Button>}
      >
        <p role="status">
          S3 brings it back from its archive, which takes minutes to two days. Then it can be read here.
        </p>
      </Empty>
    );
  return (
    <>
      <Empty
        title="The file is archived"
        icon={<Archive size={22} />}
        action={
          <>
            {level === "READ_WRITE" && (
              <Button kind="primary" onClick={() => setAsking(true)}>
                Restore…
              </Button>
            )}
            <Button onClick={() => void retry()}>Try again</Button>
          </>
        }
      >
        <p role="alert">{error.message}</p>
        <p>
          It cannot be read before S3 has brought a copy back, which takes minutes to two days.{" "}
          {level === "READ" && `People who may write to ${bucket} can ask for that.`}
        </p>
        <CodeBlock label="On the command line" code={restoreCommand(target)} />
      </Empty>
      {asking && (
        <RestoreDialog
          tiers={TIERS.filter(
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
      title="Restore the file"
      about="S3 makes a copy that can be read, and removes it after the days. It costs what your store's price list says."
      submit="Restore"
      disabled={isWrong}
      action={action}
      onSubmit={() => onRestore({ days: wanted, tier })}
      onClose={onClose}
    >
      <Field
        label="Days"
        type="number"
        min={1}
        max={MAX_DAYS}
        value={days}
        onChange={event => setDays(event.target.value)}
        error={isWrong ? `1 to ${MAX_DAYS} days` : null}
      />
      <Choice label="Speed" options={tiers} value={tier} onChange={setTier} />
    </FormDialog>
  );
}
