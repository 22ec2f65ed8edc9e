import { Package } from "lucide-react";
import { useBucket } from "@/api/queries";
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
      title="No packages yet"
      icon={<Package size={22} />}
      action={
        <>
          {about?.level === "READ_WRITE" && (
            <ButtonLink kind="primary" to={`${packagesPath(bucket)}/new`}>
              Push files
            </ButtonLink>
          )}
          <ButtonLink kind="quiet" to="/install">
            Set up a machine
          </ButtonLink>
        </>
      }
    >
      <p>
        A package is files, a README and metadata under a name, with every version kept. Drop files or a
        folder on this page, or push from Python:
      </p>
      <ExampleCode label="Python" code={firstPushCode(bucket)} />
    </Empty>
  );
}
