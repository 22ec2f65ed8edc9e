import { isRouteErrorResponse, useRouteError } from "react-router";
import { t } from "@/language/en/app";
import { RequestError } from "@/lib/errors";
import { Failure } from "@/ui/States";

/** A page that threw, or whose code could not be loaded (after an update, or without a network). */
export function CrashPage() {
  const error = useRouteError();
  const unloaded =
    (error instanceof TypeError && /import|module|fetch/i.test(error.message)) ||
    // A style sheet that is gone.
    (error instanceof Error && error.message.startsWith("Unable to preload CSS"));
  const shown = unloaded
    ? new RequestError({
        status: 0,
        trouble: navigator.onLine ? "unloaded" : "unreachable",
        message: t.catalogMayBeen,
      })
    : isRouteErrorResponse(error)
      ? new RequestError({ status: error.status, trouble: "missing", message: error.statusText })
      : error;
  return <Failure error={shown} retry={() => location.reload()} />;
}
