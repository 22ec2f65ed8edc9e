import { Columns3, Package as PackageIcon, Plus } from "lucide-react";
import { useDeferredValue } from "react";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/lists";
import { errorMessage } from "@/lib/errors";
import { useBucketName, useQueryParams } from "@/lib/params";
import { packagesPath } from "@/lib/paths";
import { METADATA } from "@/lib/pointers";
import { metadataOrders, readSort, writeSort } from "@/lib/sorting";
import { ButtonLink } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { metadataOptions } from "@/ui/metadataOptions";
import { PickerPopover } from "@/ui/PickerPopover";
import { SortChoice } from "@/ui/SortChoice";
import { Empty, Notice } from "@/ui/States";
import { FirstPushHelp } from "./FirstPushHelp";
import { minWidthOf, packageColumns } from "./packageColumns";
import { BY_NAME, usePackageList } from "./usePackageList";

const makeOrders = () =>
  [
    ["", t.name],
    ["-name", t.nameFalling],
    ["-modified", t.newestFirst],
    ["modified", t.oldestFirst],
    ["-size", t.largestFirst],
    ["size", t.smallestFirst],
    ["-entries", t.mostFilesFirst],
    ["entries", t.fewestFilesFirst],
  ] as const;

export function PackagesPage() {
  const bucket = useBucketName();
  const { data: about } = useBucket(bucket);
  const [params, setParams] = useQueryParams();
  const filter = params.get("filter") ?? "";
  const sort = params.get("sort") ?? BY_NAME;
  const columns = params.getAll("column").filter(column => column.startsWith(`${METADATA}/`));
  const contains = useDeferredValue(filter);
  const packages = usePackageList(bucket, { contains, sort, columns });
  const change = (name: string, values: readonly string[], replace = false) => {
    const next = new URLSearchParams(params);
    next.delete(name);
    for (const value of values) if (value) next.append(name, value);
    setParams(next, { replace });
  };
  const changeSort = (order: string | null) => change("sort", order === BY_NAME ? [] : [order ?? ""]);
  const sorting = readSort(packages.unable ? BY_NAME : sort);
  return (
    <Page title={t.packagesBucket(bucket)}>
      <Head title={t.packages}>
        <Filter label={t.filterName} value={filter} onChange={value => change("filter", [value], true)} />
        {about?.level === "READ_WRITE" && (
          <ButtonLink kind="primary" to={`${packagesPath(bucket)}/new`} icon={<Plus size={15} />}>
            {t.newPackage}
          </ButtonLink>
        )}
      </Head>
      {packages.unable && (
        <Notice kind="warn">
          {t.nameError(packages.error ? `${errorMessage(packages.error)} ` : t.searchIndexSorts)}
        </Notice>
      )}
      <ListPanel
        label={t.packages}
        title={
          <span role="status" className="num">
            {packages.total === undefined ? t.packages : t.packagesTotal(packages.total)}
          </span>
        }
        tools={
          <>
            <SortChoice
              orders={[...makeOrders(), ...metadataOrders(columns, packages.fields)]}
              value={sort === BY_NAME ? null : sort}
              onChange={changeSort}
            />
            <PickerPopover
              label={t.columns}
              icon={<Columns3 size={14} />}
              title={t.metadataShow}
              options={metadataOptions(packages.fields)}
              chosen={columns}
              onChange={chosen => change("column", chosen)}
              empty={t.noPackageMetadata}
            />
          </>
        }
        table={t.packagesBucket(bucket)}
        query={packages.query}
        loading={t.loadingPackages}
        rows={packages.rows}
        total={packages.total}
        columns={packageColumns(packages.unable ? [] : columns)}
        minWidth={minWidthOf(packages.unable ? [] : columns)}
        id={row => row.name}
        order={{
          sorting: sorting && { id: sorting.field, descending: sorting.descending },
          onSort: ({ id, descending }) => changeSort(writeSort({ field: id, descending }, packages.fields)),
        }}
        empty={
          contains ? (
            <Empty title={t.noSuchPackage} icon={<PackageIcon size={22} />}>
              {t.noPackageName(contains)}
            </Empty>
          ) : (
            <FirstPushHelp bucket={bucket} />
          )
        }
      />
    </Page>
  );
}
