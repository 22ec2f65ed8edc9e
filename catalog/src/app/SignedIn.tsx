import { lazy } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { useSession } from "@/api/context";

const EnrolPage = lazy(async () => ({
  default: (await import("@/features/account/EnrolPage")).EnrolPage,
}));

/** What only people who are signed in see; others sign in first and come back. */
export function SignedIn() {
  const session = useSession();
  const { pathname, search, hash } = useLocation();
  if (session === "in") return <Outlet />;
  if (session === "enrolling") return <EnrolPage />;
  const next = pathname + search + hash;
  return <Navigate to={next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`} replace />;
}
