/** What can be done with what was chosen in a folder of a bucket. */
import { Copy, Download, FolderOutput, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { t } from "@/language/en/features/files/selection";
import { nameOf, packagesPath } from "@/lib/paths";
import { handOverObjects } from "@/s3/chosen";
import { useServices } from "@/s3/context";
import { physicalKey } from "@/s3/locations";
import { useBucketPreferences } from "@/s3/preferences";
import { Button } from "@/ui/Button";
import { MenuItem, MenuLine } from "@/ui/Menu";
import { DeleteObjectsDialog } from "../DeleteObjectsDialog";
import { isInternal } from "../internal";
import { ArchiveDialog } from "./ArchiveDialog";
import { ChosenMenu } from "./ChosenMenu";
import { TransferDialog } from "./TransferDialog";
import { itemsBelow, removeMarkers } from "./transfer";
import { useLongWork } from "./useLongWork";
import type { Selection } from "./useSelection";

export function SelectionActions({
  bucket,
  folder,
  selection,
  sizes,
  isWritable,
  makesPackages,
}: {
  bucket: string;
  folder: string;
  selection: Selection;
  /** Of the listed files, by key. */
  sizes: ReadonlyMap<string, number>;
  isWritable: boolean;
  makesPackages: boolean;
}) {
  const { s3, config } = useServices();
  const { actions } = useBucketPreferences(bucket);
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"copy" | "move" | "archive" | "delete" | null>(null);
  const keys = [...selection.chosen];
  const items = (signal: AbortSignal) => itemsBelow(s3, bucket, folder, keys, signal, sizes);
  const making = useLongWork(async (signal, _, letGo) => {
    const found = await items(signal);
    handOverObjects(
      Object.fromEntries(
        found.map(({ path, source, size }) => [path, { physicalKey: physicalKey(bucket, source.key), size }]),
      ),
    );
    letGo();
    await navigate(`${packagesPath(bucket)}/new`);
  });
  const close = () => setAsked(null);
  const finish = () => {
    selection.clear();
    close();
  };
  if (keys.length === 0) return null;
  // What Quilt keeps stays where it is.
  const canChange = isWritable && !keys.some(isInternal);
  return (
    <>
      <ChosenMenu
        making={making}
        makesPackages={makesPackages}
        bookmarks={keys.map(path => ({ bucket, package: null, path }))}
        clear={selection.clear}
        tools={
          !config.noDownload &&
          actions.downloadObject && (
            <Button small icon={<Download size={15} />} onClick={() => setAsked("archive")}>
              {t.downloadItem(keys.length)}
            </Button>
          )
        }
      >
        <MenuItem icon={<Copy size={15} />} onClick={() => setAsked("copy")}>
          {t.copy}
        </MenuItem>
        {canChange && (
          <MenuItem icon={<FolderOutput size={15} />} onClick={() => setAsked("move")}>
            {t.move}
          </MenuItem>
        )}
        {isWritable && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 size={15} />} onClick={() => setAsked("delete")}>
              {t.delete}
            </MenuItem>
          </>
        )}
      </ChosenMenu>
      {(asked === "copy" || asked === "move") && (
        <TransferDialog
          bucket={bucket}
          folder={folder}
          isMove={asked === "move"}
          count={keys.length}
          items={items}
          {...(asked === "move" ? { afterwards: signal => removeMarkers(s3, bucket, keys, signal) } : {})}
          onDone={finish}
          onClose={close}
        />
      )}
      {asked === "archive" && <ArchiveDialog name={nameOf(folder) || bucket} items={items} onClose={close} />}
      {asked === "delete" && (
        <DeleteObjectsDialog
          bucket={bucket}
          objectKeys={keys}
          onDone={finish}
          onClose={wasTried => (wasTried ? finish() : close())}
        />
      )}
    </>
  );
}
