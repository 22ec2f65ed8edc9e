import { Suspense } from "react";
import { t } from "@/language/en/preview/markdown";
import { Loading } from "@/ui/States";
import type { Answer } from "../answers";
import { useFile } from "../file";
import Markdown from "./Markdown";

export default function MarkdownViewer({ answer }: { answer: Answer }) {
  const { place } = useFile();
  if (answer.kind !== "text") return null;
  return (
    <Suspense fallback={<Loading label={t.rendering} />}>
      <Markdown source={answer.text} place={place} />
    </Suspense>
  );
}
