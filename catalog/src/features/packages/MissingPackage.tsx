import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { Link } from "react-router";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/packages";
import { errorMessage } from "@/lib/errors";
import { packagesPath, treePath } from "@/lib/paths";
import { type Services, useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";

/** A package that a bucket does not have: whether it had it, and what is left of it. */
export function MissingPackage({ bucket, name, error }: { bucket: string; name: string; error: unknown }) {
  const services = useServices();
  const deleted = useQuery({
    queryKey: keys.deletedPackage(bucket, name),
    queryFn: ({ signal }) => deletionOf(services, bucket, name, signal),
    retry: false,
  });
  const search = new URLSearchParams({ filter: name.split("/")[1] ?? name });
  return (
    <Panel>
      <Empty
        title={t.noSuchPackage}
        icon={<SearchX size={22} />}
        action={
          <>
            <ButtonLink to={packagesPath(bucket)}>{t.allPackages}</ButtonLink>
            <ButtonLink kind="quiet" to={`${packagesPath(bucket)}?${search.toString()}`}>
              {t.packagesSuchName}
            </ButtonLink>
          </>
        }
      >
        <p role="alert">{errorMessage(error)}</p>
        {deleted.data && (
          <p>
            {t.deletedAgo(<Ago at={deleted.data.at} />)}
            {deleted.data.topHash && (
              <>
                {t.lastRevisionWhose(
                  <code>{deleted.data.topHash.slice(0, 8)}</code>,
                  <Link to={treePath(bucket, `.quilt/packages/${deleted.data.topHash}`)}>{t.manifest}</Link>,
                )}
              </>
            )}
          </p>
        )}
        {deleted.data === null && <p>{t.mayAnotherName}</p>}
      </Empty>
    </Panel>
  );
}

interface Deletion {
  at: Date;
  topHash: string | null;
}

/** From the versions of the pointer, which a bucket with versioning keeps; null when there was none. */
async function deletionOf(
  { s3 }: Services,
  bucket: string,
  name: string,
  signal: AbortSignal,
): Promise<Deletion | null> {
  const key = `.quilt/named_packages/${name}/latest`;
  const versions = await s3.versions({ bucket, key }, signal);
  const [newest] = versions;
  if (!newest?.isDeletion) return null;
  const last = versions.find(version => !version.isDeletion);
  if (!last) return { at: newest.modified, topHash: null };
  const { bytes } = await s3.head({ bucket, key, versionId: last.versionId }, 64, signal);
  const text = new TextDecoder().decode(bytes);
  return { at: newest.modified, topHash: /^[0-9a-f]{64}$/.test(text) ? text : null };
}
