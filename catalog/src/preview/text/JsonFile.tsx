/** JSON as a tree. Of an array of records, which is a table for its reader, the text is asked for. */
import { useQuery } from "@tanstack/react-query";
import { t } from "@/language/en/preview/text";
import { useServices } from "@/s3/context";
import { Loaded } from "@/ui/Loaded";
import type { ViewerProps } from "../forms";
import { useFile } from "../file";
import { readerQueries } from "../queries";
import JsonViewer from "./JsonViewer";

export default function JsonFile({ answer }: ViewerProps) {
  return answer.kind === "text" ? <JsonViewer answer={answer} /> : <TextOfRecords />;
}

function TextOfRecords() {
  const text = useQuery(readerQueries.preview(useServices(), useFile(), { as: "text" }));
  return (
    <Loaded query={text} label={t.readingFile} lines={8}>
      {answer => <JsonViewer answer={answer} />}
    </Loaded>
  );
}
