import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { useBucket } from "@/api/queries";
import { nameOf, parentOf, treePath } from "@/lib/paths";
import { bucketPlace } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import { useServices } from "@/s3/context";
import { objectQueries } from "@/s3/queries";
import { Button } from "@/ui/Button";
import { CopyableCode } from "@/ui/CopyableCode";
import { JsonTree } from "@/ui/JsonTree";
import { Columns, Facts, Head, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago, Size } from "@/ui/Measures";
import { DeleteObjectsDialog } from "./DeleteObjectsDialog";
import { DownloadButton } from "./DownloadButton";

export function StoredFile({
  bucket,
  objectKey: key,
  crumbs,
}: {
  bucket: string;
  objectKey: string;
  crumbs: ReactNode;
}) {
  const services = useServices();
  const target = { bucket, key };
  const navigate = useNavigate();
  const { data: holder } = useBucket(bucket);
  const [deleting, setDeleting] = useState(false);
  const about = useQuery(objectQueries.head(services, bucket, key));
  const uri = `s3://${bucket}/${key}`;
  return (
    <>
      <Head above={crumbs} title={<span className="hidden">{nameOf(key)}</span>}>
        {about.data && <DownloadButton target={target} name={nameOf(key)} />}
        {about.data && holder?.level === "READ_WRITE" && (
          <Button kind="danger" icon={<Trash2 size={15} />} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )}
        {deleting && (
          <DeleteObjectsDialog
            bucket={bucket}
            objectKeys={[key]}
            onDone={() => void navigate(treePath(bucket, parentOf(key)))}
            onClose={() => setDeleting(false)}
          />
        )}
      </Head>
      <Loaded query={about} label="Loading the file" lines={8} framed>
        {head => (
          <Columns
            aside={
              <>
                <Panel title="File" padded>
                  <Facts
                    facts={[
                      ["Size", <Size key="size" of={head.size} />],
                      head.modified && ["Modified", <Ago key="at" at={head.modified} />],
                      ["Type", <code key="type">{head.contentType || "–"}</code>],
                      ["Location", <CopyableCode key="uri" text={uri} />],
                      head.versionId && ["Version", <code key="version">{head.versionId}</code>],
                      ["ETag", <code key="etag">{head.etag}</code>],
                    ]}
                  />
                </Panel>
                {Object.keys(head.meta).length > 0 && (
                  <Panel title="Metadata" padded>
                    <JsonTree value={head.meta} label="Metadata" />
                  </Panel>
                )}
              </>
            }
          >
            <Panel label="Preview">
              <h2 className="hidden">Preview</h2>
              <Preview
                key={head.etag}
                source={{ ...target, versionId: head.versionId }}
                target={{ ...target, versionId: head.versionId }}
                name={key}
                size={head.size}
                place={bucketPlace(bucket, key)}
              />
            </Panel>
          </Columns>
        )}
      </Loaded>
    </>
  );
}
