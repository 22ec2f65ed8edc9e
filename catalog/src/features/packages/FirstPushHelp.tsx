import { Package } from "lucide-react";
import { ExampleCode } from "@/ui/ExampleCode";
import { Empty } from "@/ui/States";

/** A bucket without packages: how the first one gets there. */
export function FirstPushHelp({ bucket }: { bucket: string }) {
  const code = [
    "import quilt3 as q3",
    "",
    "package = q3.Package()",
    'package.set_dir("/", "./data")',
    `package.push("AUTHOR/NAME", registry="s3://${bucket}", message="First version")`,
  ].join("\n");
  return (
    <Empty title="No packages yet" icon={<Package size={22} />}>
      <p>Push the first one, from a machine that is set up as the install page says:</p>
      <ExampleCode label="Python" code={code} />
    </Empty>
  );
}
