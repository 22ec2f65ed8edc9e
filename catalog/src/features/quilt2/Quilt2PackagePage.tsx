import { Navigate, useParams } from "react-router";
import { entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { NotFoundPage } from "@/ui/NotFoundPage";

/** The address of a package that clients of Quilt 2 print. */
export function Quilt2PackagePage() {
  const { packageBucket } = useServices().config;
  const { owner = "", name = "" } = useParams();
  if (!packageBucket) return <NotFoundPage />;
  return <Navigate to={entryPath(packageBucket, `${owner}/${name}`, "latest")} replace />;
}
