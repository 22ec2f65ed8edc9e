import { Package } from "lucide-react";
import { useBucket } from "@/api/queries";
import { packagesPath } from "@/lib/paths";
import { ButtonLink } from "@/ui/Button";
import { ExampleCode } from "@/ui/ExampleCode";
import { Empty } from "@/ui/States";

/** A bucket without packages: how the first one gets there. */
export function FirstPushHelp({ bucket }: { bucket: string }) {
  const { data: about } = useBucket(bucket);
  const code = [
    "import quilt3 as q3",
    "",
    "package = q3.Package()",
    'package.set_dir("/", "./data")',
    `package.push("AUTHOR/NAME", registry="s3://${bucket}", message="First version")`,
  ].join("\n");
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
      <ExampleCode label="Python" code={code} />
    </Empty>
  );
}
