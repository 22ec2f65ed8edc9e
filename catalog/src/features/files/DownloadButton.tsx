import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { t } from "@/language/en/features/files/tools";
import { errorMessage } from "@/lib/errors";
import { startDownload } from "@/lib/savedFiles";
import type { Target } from "@/s3/client";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";

/** The browser itself fetches the file, so its size does not matter; it is asked for first, to say what is wrong. */
export function DownloadButton({ target, name }: { target: Target; name: string }) {
  const { s3, config } = useServices();
  const download = useMutation({
    mutationFn: async () => {
      await s3.describe(target);
      startDownload(await s3.link(target, name), name);
    },
  });
  if (config.noDownload) return null;
  return (
    <>
      {download.isError && (
        <span className="muted" role="alert">
          {errorMessage(download.error)}
        </span>
      )}
      <Button small icon={<Download size={15} />} busy={download.isPending} onClick={() => download.mutate()}>
        {t.download}
      </Button>
    </>
  );
}
