import type { PackageFile } from "@/api/models";
import { Link } from "react-router";
import { useServices } from "@/app/services";
import { nameOf, treePath } from "@/lib/paths";
import { Preview } from "@/preview/Preview";
import { parsePhysicalKey, s3Uri } from "@/s3/locations";
import { CopyButton } from "@/ui/Copy";
import { Facts, Panel } from "@/ui/Layout";
import { Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { DownloadButton } from "./DownloadButton";
import styles from "./FilePanel.module.css";
import type { Where } from "./PackageTree";
import { packagePlace } from "./places";

export function PackageFilePanel({ file, ...where }: Where & { file: PackageFile }) {
  const services = useServices();
  const target = parsePhysicalKey(file.physical_key);
  return (
    <>
      <Panel
        title={nameOf(file.path)}
        tools={target && <DownloadButton target={target} name={nameOf(file.path)} />}
      >
        {target ? (
          <Preview
            target={target}
            name={file.path}
            size={file.size}
            place={packagePlace(services, where, file.path)}
          />
        ) : (
          <Empty title="Not in S3">This entry's bytes are at {file.physical_key}.</Empty>
        )}
      </Panel>
      <Panel title="File" padded>
        <Facts
          facts={[
            ["Size", <Size key="size" of={file.size} />],
            file.hash && ["Hash", <HashValue key="hash" type={file.hash.type} value={file.hash.value} />],
            target && [
              "Stored at",
              <span key="at" className={styles.location}>
                <Link to={treePath(target.bucket, target.key)}>
                  <code>{s3Uri({ ...target, versionId: null })}</code>
                </Link>
                <CopyButton text={s3Uri(target)} />
              </span>,
            ],
            target?.versionId && ["Version", <code key="version">{target.versionId}</code>],
          ]}
        />
      </Panel>
    </>
  );
}

function HashValue({ type, value }: { type: string; value: string }) {
  return (
    <>
      <code>{value}</code> <span className="muted">{type}</span>
    </>
  );
}
