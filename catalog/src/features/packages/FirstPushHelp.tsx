import { Package } from "lucide-react";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/lists";
import { packagesPath } from "@/lib/paths";
import { ButtonLink } from "@/ui/Button";
import { ExampleCode } from "@/ui/ExampleCode";
import { Empty } from "@/ui/States";
import { firstPushCode } from "./firstPushCode";

/** A bucket without packages: how the first one gets there. */
export function FirstPushHelp({ bucket }: { bucket: string }) {
  const { data: about } = useBucket(bucket);
  return (
    <Empty
      title={t.noPackagesYet}
      icon={<Package size={22} />}
      action={
        <>
          {about?.level === "READ_WRITE" && (
            <ButtonLink kind="primary" to={`${packagesPath(bucket)}/new`}>
              {t.pushFiles}
            </ButtonLink>
          )}
          <ButtonLink kind="quiet" to="/install">
            {t.setUpMachine}
          </ButtonLink>
        </>
      }
    >
      <p>{t.packageFilesReadme}</p>
      <ExampleCode label={t.python} code={firstPushCode(bucket)} />
    </Empty>
  );
}
