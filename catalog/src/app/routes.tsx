import { createBrowserRouter, type RouteObject } from "react-router";
import { Loading } from "@/ui/States";
import { CrashPage } from "./CrashPage";
import { SignedIn } from "./SignedIn";
import { Shell } from "./Shell";

type PageModule = Record<"Component", React.ComponentType>;
const page = (load: () => Promise<PageModule>) => ({ lazy: load });

const bucketRoutes: RouteObject[] = [
  { index: true, ...page(() => import("@/pages/BucketOverview")) },
  { path: "tree/*", ...page(() => import("@/pages/Files")) },
  { path: "packages", ...page(() => import("@/pages/Packages")) },
  { path: "packages/new", ...page(() => import("@/pages/CreatePackage")) },
  { path: "packages/:author/:name", ...page(() => import("@/pages/PackageTree")) },
  { path: "packages/:author/:name/tree/:reference/*", ...page(() => import("@/pages/PackageTree")) },
  { path: "packages/:author/:name/revisions", ...page(() => import("@/pages/Revisions")) },
  { path: "packages/:author/:name/compare", ...page(() => import("@/pages/Compare")) },
  { path: "packages/:author/:name/revise", ...page(() => import("@/pages/Revise")) },
  { path: "packages/:author/:name/promote", ...page(() => import("@/pages/Promote")) },
  { path: "*", ...page(() => import("@/pages/NotFound")) },
];

export const createRoutes = () =>
  createBrowserRouter([
    {
      Component: Shell,
      ErrorBoundary: CrashPage,
      HydrateFallback: Loading,
      children: [
        {
          ErrorBoundary: CrashPage,
          children: [
            { path: "signin", ...page(() => import("@/pages/SignIn")) },
            { path: "signout", ...page(() => import("@/pages/SignOut")) },
            { path: "install", ...page(() => import("@/pages/Install")) },
            {
              Component: SignedIn,
              children: [
                { index: true, ...page(() => import("@/pages/Buckets")) },
                { path: "buckets", ...page(() => import("@/pages/Buckets")) },
                { path: "code", ...page(() => import("@/pages/Code")) },
                { path: "jobs", ...page(() => import("@/pages/Jobs")) },
                { path: "search", ...page(() => import("@/pages/Search")) },
                { path: "admin/buckets", ...page(() => import("@/pages/AdminBuckets")) },
                { path: "b/:bucket", ...page(() => import("@/pages/Bucket")), children: bucketRoutes },
              ],
            },
            { path: "*", ...page(() => import("@/pages/NotFound")) },
          ],
        },
      ],
    },
  ]);
