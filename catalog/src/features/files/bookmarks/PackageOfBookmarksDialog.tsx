/** The bucket in which a package of bookmarks is made. */
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Bookmark } from "@/api/bookmarks";
import { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/files/bookmarks";
import { itemsOf } from "@/lib/pages";
import { packagesPath } from "@/lib/paths";
import { handOverObjects } from "@/s3/chosen";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Empty } from "@/ui/States";
import { useLongWork } from "../selection/useLongWork";
import { WorkProgress } from "../selection/WorkProgress";
import { logicalKeys, type ObjectGroup, objectsOf } from "./bookmarkedObjects";

export function PackageOfBookmarksDialog({
  bookmarks,
  onClose,
}: {
  bookmarks: readonly Bookmark[];
  onClose: () => void;
}) {
  const services = useServices();
  const navigate = useNavigate();
  const buckets = itemsOf(useBuckets().data).filter(each => each.level === "READ_WRITE");
  const [chosen, setChosen] = useState("");
  const bucket = chosen || (buckets[0]?.name ?? "");
  const work = useLongWork(async (signal, _, letGo) => {
    const groups: ObjectGroup[] = [];
    for (const bookmark of bookmarks) groups.push(await objectsOf(services, bookmark, signal));
    handOverObjects(logicalKeys(groups));
    letGo();
    await navigate(`${packagesPath(bucket)}/new`);
  });
  return (
    <Modal open onClose={onClose} title={t.makePackage} about={t.bookmarkNothingCopied(bookmarks.length)}>
      {buckets.length === 0 ? (
        <>
          <Empty title={t.nowhereWrite}>{t.roleMayNot}</Empty>
          <ModalActions cancel={t.close} />
        </>
      ) : (
        <ModalForm onSubmit={() => !work.isRunning && work.start()}>
          <Choice
            label={t.bucketPackage}
            options={buckets.map(each => [each.name, each.title] as const)}
            value={bucket}
            onChange={setChosen}
          />
          <WorkProgress work={work} done={t.found} />
          <ModalActions>
            <Button type="submit" kind="primary" busy={work.isRunning}>
              {t.go}
            </Button>
          </ModalActions>
        </ModalForm>
      )}
    </Modal>
  );
}
