import { Navigate, useParams } from "react-router";
import { useServices } from "@/app/services";
import { entryPath } from "@/lib/paths";
import { Component as NotFound } from "./NotFound";

/** The address of a package that clients of the first generation print. */
export function Component() {
  const { packageBucket } = useServices().config;
  const { owner = "", name = "" } = useParams();
  if (!packageBucket) return <NotFound />;
  return <Navigate to={entryPath(packageBucket, `${owner}/${name}`, "latest")} replace />;
}
