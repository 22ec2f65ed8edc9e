import { FileQuestion, FileX, Hourglass } from "lucide-react";
import type { ReactNode } from "react";
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

const EXPLANATIONS: Record<string, Explanation> = {
  unreadable: {
    title: "The file cannot be read",
    icon: <FileX size={22} />,
    advice: "It may be damaged, or be something else than its name says. Look at its bytes, or download it.",
    readable: true,
  },
  no_such_reader: {
    title: "No preview",
    icon: <FileQuestion size={22} />,
    advice: "Files of this kind cannot be shown. Look at its bytes, or download it.",
    readable: true,
  },
  object_changed: {
    title: "The file has changed",
    icon: <FileX size={22} />,
    advice: "Open the page again to see what is there now.",
    readable: false,
  },
  busy: {
    title: "Too many files are being read",
    icon: <Hourglass size={22} />,
    advice: "Try again in a moment.",
    readable: false,
  },
  missing: {
    title: "The file is gone",
    icon: <FileX size={22} />,
    advice: "It was removed or moved since this page was opened. Earlier versions may still be there.",
    readable: false,
  },
};

function explanationOf(error: unknown): Explanation | undefined {
  if (!(error instanceof RequestError)) return undefined;
  if (error.status === 503) return EXPLANATIONS.busy;
  if (error.trouble === "missing") return EXPLANATIONS.missing;
  return EXPLANATIONS[error.code ?? ""];
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
            {explanation.readable && <Button onClick={showBytes}>Show its bytes</Button>}
            {!explanation.readable && <Button onClick={() => void retry()}>Try again</Button>}
          </>
        }
      >
        <p>{error.message}</p>
        <p>{explanation.advice}</p>
      </Empty>
    </div>
  );
}
