/** What viewers ask the readers. */
import { queryOptions } from "@tanstack/react-query";
import type { Query } from "@/api/client";
import { keys } from "@/api/keys";
import type { Services } from "@/s3/context";
import { TICKET_STALE_MILLISECONDS } from "@/s3/tickets";
import type { Answer, RowsAnswer, StatisticsAnswer } from "./answers";
import { type ShownFile, sourceQuery } from "./file";
import { storedAnswer } from "./storedAnswer";

type Asked = Pick<ShownFile, "source" | "member">;

const asked = ({ source, member }: Asked, part: Query): Query => ({
  ...sourceQuery(source),
  ...(member === undefined ? {} : { member }),
  ...part,
});

/** A version's content does not change; what has none is asked for again after a minute. */
const STALE_MILLISECONDS = 60_000;
export const PAGE_ROWS = 100;

export const readerQueries = {
  preview: ({ readers }: Services, file: Asked, part: Query) => {
    const query = asked(file, part);
    return queryOptions({
      queryKey: keys.filePreview(query),
      queryFn: ({ signal }) => readers.call<Answer>("/-/preview", { signal, query }),
      staleTime: STALE_MILLISECONDS,
      retry: false,
    });
  },

  /** For people whose role does not read the bucket. */
  stored: ({ s3 }: Services, file: ShownFile) =>
    queryOptions({
      queryKey: keys.filePreview({ ...sourceQuery(file.source), stored: true }),
      queryFn: ({ signal }) => storedAnswer(s3, file, signal),
      staleTime: STALE_MILLISECONDS,
      retry: false,
    }),

  rows: ({ readers }: Services, file: Asked, question: Query, page: number) => {
    const query = asked(file, { ...question, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
    return queryOptions({
      queryKey: keys.fileRows(query),
      queryFn: ({ signal }) => readers.call<RowsAnswer>("/-/rows", { signal, query }),
      staleTime: STALE_MILLISECONDS,
      structuralSharing: false,
    });
  },

  statistics: ({ readers }: Services, file: Asked, question: Query) => {
    const query = asked(file, question);
    return queryOptions({
      queryKey: keys.fileStatistics(query),
      queryFn: ({ signal }) => readers.call<StatisticsAnswer>("/-/stats", { signal, query }),
      staleTime: STALE_MILLISECONDS,
      retry: false,
    });
  },

  /** An address that a browser can show as a picture. */
  thumbnail: ({ tickets }: Services, file: Asked, picture: Query) => {
    const query = asked(file, picture);
    return queryOptions({
      queryKey: keys.thumbnailLink(query),
      queryFn: () => tickets.url("/-/thumbnail", query),
      staleTime: TICKET_STALE_MILLISECONDS,
    });
  },
};
