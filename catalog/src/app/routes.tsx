import { createBrowserRouter, type RouteObject } from "react-router";
import { Loading } from "@/ui/States";
import { CrashPage } from "./CrashPage";
import { SignedIn } from "./SignedIn";
import { redirects } from "./redirects";
import { Shell } from "./Shell";

type PageModule = Record<"Component", React.ComponentType>;
const page = (load: () => Promise<PageModule>) => ({ lazy: load });

const bucketRoutes: RouteObject[] = [
  { index: true, ...page(() => import("@/pages/BucketOverview")) },
  { path: "tree/*", ...page(() => import("@/pages/Files")) },
  { path: "problems", ...page(() => import("@/pages/Problems")) },
  { path: "workflows", ...page(() => import("@/pages/Workflows")) },
  { path: "queries/*", ...page(() => import("@/pages/Queries")) },
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

const accountRoutes: RouteObject[] = [
  { index: true, ...page(() => import("@/pages/account/Profile")) },
  { path: "sessions", ...page(() => import("@/pages/account/Sessions")) },
  { path: "keys", ...page(() => import("@/pages/account/Keys")) },
  { path: "*", ...page(() => import("@/pages/NotFound")) },
];

const adminRoutes: RouteObject[] = [
  { index: true, ...page(() => import("@/pages/admin/People")) },
  { path: "people", ...page(() => import("@/pages/admin/People")) },
  { path: "people/:name", ...page(() => import("@/pages/admin/Person")) },
  { path: "roles", ...page(() => import("@/pages/admin/Roles")) },
  { path: "roles/:name", ...page(() => import("@/pages/admin/Role")) },
  { path: "policies", ...page(() => import("@/pages/admin/Policies")) },
  { path: "policies/:id", ...page(() => import("@/pages/admin/Policy")) },
  { path: "buckets", ...page(() => import("@/pages/AdminBuckets")) },
  { path: "sso", ...page(() => import("@/pages/admin/Sso")) },
  { path: "keys", ...page(() => import("@/pages/admin/Keys")) },
  { path: "audit", ...page(() => import("@/pages/admin/Audit")) },
  { path: "settings", ...page(() => import("@/pages/admin/Settings")) },
  { path: "status", ...page(() => import("@/pages/admin/Status")) },
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
            { path: "signup", ...page(() => import("@/pages/entry/SignUp")) },
            { path: "reset_password", ...page(() => import("@/pages/entry/ForgotPassword")) },
            { path: "reset_password/:link", ...page(() => import("@/pages/entry/ResetPassword")) },
            { path: "activate/:link", ...page(() => import("@/pages/entry/Activate")) },
            { path: "activation_error", ...page(() => import("@/pages/entry/ActivationError")) },
            { path: "signout", ...page(() => import("@/pages/SignOut")) },
            { path: "install", ...page(() => import("@/pages/Install")) },
            {
              Component: SignedIn,
              children: [
                { index: true, ...page(() => import("@/pages/Buckets")) },
                { path: "buckets", ...page(() => import("@/pages/Buckets")) },
                { path: "code", ...page(() => import("@/pages/Code")) },
                { path: "package/:owner/:name", ...page(() => import("@/pages/FirstPackage")) },
                { path: "uri", ...page(() => import("@/pages/Uri")) },
                { path: "connect/authorize", ...page(() => import("@/pages/Connect")) },
                { path: "jobs", ...page(() => import("@/pages/Jobs")) },
                { path: "queries/*", ...page(() => import("@/pages/Queries")) },
                { path: "search", ...page(() => import("@/pages/Search")) },
                {
                  path: "account",
                  ...page(() => import("@/pages/account/Account")),
                  children: accountRoutes,
                },
                { path: "admin", ...page(() => import("@/pages/admin/Admin")), children: adminRoutes },
                { path: "b/:bucket", ...page(() => import("@/pages/Bucket")), children: bucketRoutes },
              ],
            },
            ...redirects,
            { path: "*", ...page(() => import("@/pages/NotFound")) },
          ],
        },
      ],
    },
  ]);
