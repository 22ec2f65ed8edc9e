/** The frame of the pages that compare a file of two revisions, which their addresses name. */
import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import type { Side } from "@/api/pushes";
import { t } from "@/language/en/features/packages/compare";
import { usePackageName } from "@/lib/params";
import { comparePath, entryPath, packagePath, packagesPath } from "@/lib/paths";
import { Crumbs, Head, Page } from "@/ui/Layout";
import { Hash } from "@/ui/Measures";
import { Notice } from "@/ui/States";
import styles from "./ComparedFile.module.css";

/** A file in one revision. */
export interface ComparedSide {
  side: Side;
  path: string;
}

export interface ComparedFile {
  before: ComparedSide;
  after: ComparedSide;
  /** The address names a file and both revisions. */
  isNamed: boolean;
}

export function useComparedFile(): ComparedFile {
  const { bucket, name } = usePackageName();
  const [params] = useSearchParams();
  const path = params.get("path") ?? "";
  const reference = params.get("base") ?? "";
  return {
    before: {
      side: {
        bucket: params.get("base_bucket") ?? bucket,
        name: params.get("base_package") ?? name,
        reference,
      },
      path: params.get("base_path") ?? path,
    },
    after: { side: { bucket, name, reference: params.get("head") ?? "latest" }, path },
    isNamed: path !== "" && reference !== "",
  };
}

export function ComparedFileFrame({
  compared: { before, after, isNamed },
  title,
  thing,
  choose,
  tools,
  children,
}: {
  compared: ComparedFile;
  title: string;
  /** The thing that the address should name, such as “table”. */
  thing: string;
  /** The word to choose beside it on the page that compares revisions. */
  choose: string;
  tools?: ReactNode;
  children: ReactNode;
}) {
  const { bucket, name } = after.side;
  return (
    <Page title={title}>
      <Crumbs
        steps={[
          { label: t.packages, to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: t.compare, to: comparePath(after.side, isNamed ? before.side : null) },
          { label: after.path },
        ]}
      />
      <Head
        title={title}
        about={
          isNamed && (
            <span className={styles.sides}>
              <SideLink of={before} />
              <ArrowRight size={14} aria-label={t.to} />
              <SideLink of={after} />
            </span>
          )
        }
      >
        {isNamed && tools}
      </Head>
      {isNamed ? (
        children
      ) : (
        <Notice kind="warn">
          {t.addressNamesNo(
            thing,
            <Link to={comparePath(after.side)}>{t.compareRevisionAnother}</Link>,
            choose,
          )}
        </Notice>
      )}
    </Page>
  );
}

function SideLink({ of: { side, path } }: { of: ComparedSide }) {
  return (
    <Link to={entryPath(side.bucket, side.name, side.reference, path)}>
      {side.name} <Hash of={side.reference} />
    </Link>
  );
}
