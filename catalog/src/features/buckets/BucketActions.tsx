/** The buttons for what administrators do to a bucket. */
import { Pencil, Unplug } from "lucide-react";
import { useState } from "react";
import type { Bucket } from "@/api/models";
import { bucketUrl } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/buckets";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { BUCKET_KEYS, EditBucketDialog } from "./BucketForm";

export function EditBucket({ bucket, small = false }: { bucket: Bucket; small?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        small={small}
        icon={<Pencil size={14} />}
        onClick={() => setOpen(true)}
        aria-label={t.editName(bucket.name)}
      >
        {t.edit}
      </Button>
      {open && <EditBucketDialog bucket={bucket} onClose={() => setOpen(false)} />}
    </>
  );
}

export function UnregisterBucket({
  bucket,
  small = false,
  done,
}: {
  bucket: Bucket;
  small?: boolean;
  done?: () => void;
}) {
  const remove = useApiMutation(
    client => client.call(bucketUrl(bucket.name), { method: "DELETE" }),
    BUCKET_KEYS,
  );
  return (
    <ConfirmButton
      small={small}
      label={t.unregister}
      icon={<Unplug size={14} />}
      title={t.unregisterName(bucket.name)}
      about={t.disappearsCatalogSearch}
      action={remove}
      {...(done ? { done } : {})}
    />
  );
}
