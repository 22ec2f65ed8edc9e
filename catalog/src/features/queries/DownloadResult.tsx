import { Download } from "lucide-react";
import type { ResultFormat, SqlQuery } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { bytes } from "@/lib/format";
import { useServices } from "@/s3/context";
import { startDownload } from "@/lib/savedFiles";
import { Button } from "@/ui/Button";
import { Menu, MenuItem, MenuLabel } from "@/ui/Menu";

const formats = () =>
  [
    ["parquet", t.parquet],
    ["csv", "CSV"],
    ["jsonl", t.jsonLines],
    ["arrow", t.arrow],
  ] as const satisfies readonly (readonly [ResultFormat, string])[];

/** All rows in a file, made in the format that is chosen while it is downloaded. */
export function DownloadResult({ query, small = true }: { query: SqlQuery; small?: boolean }) {
  const { config } = useServices();
  const { result } = query;
  if (!result || config.noDownload) return null;
  const download = (format: ResultFormat) => {
    const url = new URL(result.url, new URL(config.registryUrl, location.href));
    url.searchParams.set("format", format);
    startDownload(url.href);
  };
  return (
    <Menu
      label={t.download}
      button={<Button small={small} icon={<Download size={15} />} />}
      trigger={<span>{t.download}</span>}
    >
      <MenuLabel>{t.allRowsParquet(bytes(result.bytes))}</MenuLabel>
      {formats().map(([format, name]) => (
        <MenuItem key={format} onClick={() => download(format)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
