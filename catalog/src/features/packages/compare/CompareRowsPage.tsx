import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { type RowDifferenceOf, sqlQueries } from "@/api/sqlQueries";
import { t } from "@/language/en/features/packages/compare";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Loaded } from "@/ui/Loaded";
import { ComparedFileFrame, useComparedFile } from "./ComparedFile";
import { RowChanges } from "./RowChanges";

/** The rows of a table in one revision beside those in another. */
export function CompareRowsPage() {
  const [params, setParams] = useSearchParams();
  const compared = useComparedFile();
  const { before, after } = compared;
  const keyColumns = params.getAll("key");
  return (
    <ComparedFileFrame
      compared={compared}
      title={t.rowsPath(nameOf(after.path))}
      thing={t.table}
      choose={t.rows}
    >
      <Difference
        of={{ head: after.side, base: before.side, path: after.path, basePath: before.path, keyColumns }}
        onKeys={chosen => {
          const next = new URLSearchParams(params);
          next.delete("key");
          for (const each of chosen) next.append("key", each);
          setParams(next, { preventScrollReset: true });
        }}
      />
    </ComparedFileFrame>
  );
}

function Difference({ of, onKeys }: { of: RowDifferenceOf; onKeys: (chosen: readonly string[]) => void }) {
  const services = useServices();
  const begun = useQuery(sqlQueries.rowDifference(services, of));
  const id = begun.data?.id ?? "";
  const query = useQuery({ ...sqlQueries.query(services, id), enabled: id !== "" });
  return (
    <Loaded
      query={begun.isError ? begun : { ...query, isPending: query.data === undefined }}
      label={t.comparingRows}
      framed
    >
      {data => <RowChanges key={data.id} query={data} chosen={of.keyColumns} onKeys={onKeys} />}
    </Loaded>
  );
}
