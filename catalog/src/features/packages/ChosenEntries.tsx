/** What can be done with chosen files and folders of a package, beside downloading them. */
import { Copy } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Entry } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { ChosenMenu } from "@/features/files/selection/ChosenMenu";
import { filesBelow, transfersOf } from "@/features/files/selection/packageItems";
import { TransferDialog } from "@/features/files/selection/TransferDialog";
import { useLongWork } from "@/features/files/selection/useLongWork";
import { t } from "@/language/en/features/packages";
import { userMeta } from "@/lib/metadata";
import { itemsOf } from "@/lib/pages";
import { packagesPath } from "@/lib/paths";
import { handOverObjects } from "@/s3/chosen";
import { useServices } from "@/s3/context";
import { MenuItem } from "@/ui/Menu";
import type { PackageLocation } from "./place";

export function ChosenEntries({
  where: { bucket, name, path, revision },
  entries,
  clear,
}: {
  where: PackageLocation;
  entries: readonly Entry[];
  clear: () => void;
}) {
  const { client } = useServices();
  const navigate = useNavigate();
  const buckets = itemsOf(useBuckets().data).filter(each => each.level === "READ_WRITE");
  const [isCopying, setCopying] = useState(false);
  const paths = entries.map(each => (each.type === "directory" ? `${each.path}/` : each.path));
  const place = { bucket, name, reference: revision.top_hash };
  // A new package goes beside this one where that is possible.
  const home = buckets.find(each => each.name === bucket) ?? buckets[0];
  const making = useLongWork(async (signal, _, letGo) => {
    if (!home) return;
    const files = await filesBelow(client, place, paths, signal);
    handOverObjects(
      Object.fromEntries(
        files.map(file => {
          const meta = userMeta(file.meta);
          const key = path ? file.path.slice(path.length + 1) : file.path;
          return [key, { physicalKey: file.physical_key, size: file.size, ...(meta ? { meta } : {}) }];
        }),
      ),
    );
    letGo();
    await navigate(`${packagesPath(home.name)}/new`);
  });
  return (
    <>
      <ChosenMenu
        making={making}
        makesPackages={home !== undefined}
        bookmarks={paths.map(each => ({ bucket, package: name, path: each }))}
        clear={clear}
      >
        {home && (
          <MenuItem icon={<Copy size={15} />} onClick={() => setCopying(true)}>
            {t.copyBucket}
          </MenuItem>
        )}
      </ChosenMenu>
      {isCopying && home && (
        <TransferDialog
          bucket={home.name}
          folder=""
          isMove={false}
          count={entries.length}
          items={async signal => transfersOf(await filesBelow(client, place, paths, signal), path)}
          onDone={() => {
            setCopying(false);
            clear();
          }}
          onClose={() => setCopying(false)}
        />
      )}
    </>
  );
}
