/** A file of a package: its download, and what to type for it. */
import { useMutation } from "@tanstack/react-query";
import { Code, Download } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/features/packages/download";
import { errorMessage } from "@/lib/errors";
import { useServices } from "@/s3/context";
import { startDownload } from "@/lib/savedFiles";
import { type DownloadPlace, fileUrl, requireReadable } from "@/s3/downloads";
import { Button } from "@/ui/Button";
import { CodeDialog } from "./CodeDialog";

export function FileDownload({ place, reference }: { place: DownloadPlace; reference: string }) {
  const services = useServices();
  const [isOpen, setIsOpen] = useState(false);
  const download = useMutation({
    mutationFn: async () => {
      const url = await fileUrl(services, place);
      await requireReadable(url);
      startDownload(url);
    },
  });
  if (services.config.noDownload) return null;
  return (
    <>
      {download.isError && (
        <span className="muted" role="alert">
          {errorMessage(download.error)}
        </span>
      )}
      <Button small icon={<Code size={15} />} onClick={() => setIsOpen(true)}>
        {t.code}
      </Button>
      <Button small icon={<Download size={15} />} busy={download.isPending} onClick={() => download.mutate()}>
        {t.download}
      </Button>
      {isOpen && <CodeDialog isFile place={place} reference={reference} onClose={() => setIsOpen(false)} />}
    </>
  );
}
