import { queryOptions, useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/files/edit";
import { RequestError } from "@/lib/errors";
import type { ObjectHead, Target } from "@/s3/client";
import { type Services, useServices } from "@/s3/context";
import { decodeText, MAX_TEXT_BYTES, type TextFile } from "./editable";

export interface OpenedText extends TextFile {
  head: ObjectHead;
}

/** The newest version is read from S3 each time that somebody begins to edit. */
const textQuery = ({ s3 }: Services, target: Target) =>
  queryOptions({
    queryKey: keys.objectText(target.bucket, target.key, target.versionId ?? null),
    queryFn: async ({ signal }): Promise<OpenedText> => {
      const { bytes, complete, ...head } = await s3.head(target, MAX_TEXT_BYTES, signal);
      if (!complete) throw unfit(t.fileLargerThan);
      const decoded = decodeText(bytes);
      if (!decoded) throw unfit(t.fileNoUtf);
      return { ...decoded, head };
    },
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });

const unfit = (message: string) => new RequestError({ status: 0, trouble: "refused", message });

export const useText = (target: Target) => useQuery(textQuery(useServices(), target));
