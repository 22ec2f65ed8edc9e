import { FileQuestion, FileX, Hourglass } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/language/en/preview";
import { RequestError } from "@/lib/errors";
import type { Target } from "@/s3/client";
import { Button } from "@/ui/Button";
import { Empty, Failure } from "@/ui/States";
import { ArchivedFile } from "./ArchivedFile";

interface Explanation {
  title: string;
  icon: ReactNode;
  /** What the person can do about it. */
  advice: string;
  /** The bytes can be looked at all the same. */
  readable: boolean;
}

const explanations = (): Record<string, Explanation> => ({
  unreadable: {
    title: t.fileCannotRead,
    icon: <FileX size={22} />,
    advice: t.mayDamagedSomething,
    readable: true,
  },
  no_such_reader: {
    title: t.noPreview,
    icon: <FileQuestion size={22} />,
    advice: t.filesKindCannot,
    readable: true,
  },
  object_changed: {
    title: t.fileChanged,
    icon: <FileX size={22} />,
    advice: t.openPageAgain,
    readable: false,
  },
  busy: {
    title: t.tooManyFiles,
    icon: <Hourglass size={22} />,
    advice: t.tryAgainMoment,
    readable: false,
  },
  missing: {
    title: t.fileGone,
    icon: <FileX size={22} />,
    advice: t.removedMovedSince,
    readable: false,
  },
});

function explanationOf(error: unknown): Explanation | undefined {
  if (!(error instanceof RequestError)) return undefined;
  if (error.status === 503) return explanations().busy;
  if (error.trouble === "missing") return explanations().missing;
  return explanations()[error.code ?? ""];
}

/** Why a file is not shown, and what to do. */
export function ReadFailure({
  error,
  target,
  retry,
  showBytes,
}: {
  error: unknown;
  target: Target;
  retry: () => unknown;
  showBytes: () => void;
}) {
  if (error instanceof RequestError && error.code === "archived")
    return <ArchivedFile error={error} target={target} retry={retry} />;
  const explanation = explanationOf(error);
  if (!explanation || !(error instanceof RequestError)) return <Failure error={error} retry={retry} />;
  return (
    <div role="alert">
      <Empty
        title={explanation.title}
        icon={explanation.icon}
        action={
          <>
            {explanation.readable && <Button onClick={showBytes}>{t.showBytes}</Button>}
            {!explanation.readable && <Button onClick={() => void retry()}>{t.tryAgain}</Button>}
          </>
        }
      >
        <p>{error.message}</p>
        <p>{explanation.advice}</p>
      </Empty>
    </div>
  );
}
