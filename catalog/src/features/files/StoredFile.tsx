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
import { Ago, Size } from "@/ui/Measures";
import { Failure, Loading } from "@/ui/States";
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
  if (about.isError)
    return (
      <>
        <Head above={crumbs} title={<span className="hidden">{nameOf(key)}</span>} />
        <Panel>
          <Failure error={about.error} retry={about.refetch} />
        </Panel>
      </>
    );
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
      <Columns
        aside={
          <>
            <Panel title="File" padded>
              <Facts
                facts={[
                  about.data && ["Size", <Size key="size" of={about.data.size} />],
                  about.data?.modified && ["Modified", <Ago key="at" at={about.data.modified} />],
                  about.data && ["Type", <code key="type">{about.data.contentType || "–"}</code>],
                  ["Location", <CopyableCode key="uri" text={uri} />],
                  about.data?.versionId && ["Version", <code key="version">{about.data.versionId}</code>],
                  about.data && ["ETag", <code key="etag">{about.data.etag}</code>],
                ]}
              />
            </Panel>
            {about.data && Object.keys(about.data.meta).length > 0 && (
              <Panel title="Metadata" padded>
                <JsonTree value={about.data.meta} label="Metadata" />
              </Panel>
            )}
          </>
        }
      >
        <Panel label="Preview">
          <h2 className="hidden">Preview</h2>
          {about.isPending ? (
            <Loading rows={8} label="Loading the file" />
          ) : (
            <Preview
              key={about.data.etag}
              target={{ ...target, versionId: about.data.versionId }}
              name={key}
              size={about.data.size}
              place={bucketPlace(bucket, key)}
            />
          )}
        </Panel>
      </Columns>
    </>
  );
}
