import { Package } from "lucide-react";
import { CodeBlock } from "@/ui/Copy";
import { Empty } from "@/ui/States";
import styles from "./PushHelp.module.css";

/** A bucket without packages: how the first one gets there. */
export function PushHelp({ bucket }: { bucket: string }) {
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
      <div className={styles.code}>
        <CodeBlock label="Python" code={code} />
      </div>
    </Empty>
  );
}
