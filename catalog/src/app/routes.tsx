import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Loading } from "@/ui/States";
import { CrashPage } from "./CrashPage";
import { redirects } from "./redirects";
import { Shell } from "./Shell";
import { SignedIn } from "./SignedIn";

/** A page whose code is loaded when it is first visited. */
const page = (load: () => Promise<React.ComponentType>) => ({
  lazy: async () => ({ Component: await load() }),
});

const bucketRoutes: RouteObject[] = [
  {
    index: true,
    ...page(async () => (await import("@/features/buckets/BucketOverviewPage")).BucketOverviewPage),
  },
  { path: "tree/*", ...page(async () => (await import("@/features/files/FilesPage")).FilesPage) },
  { path: "problems", ...page(async () => (await import("@/features/packages/ProblemsPage")).ProblemsPage) },
  {
    path: "workflows",
    ...page(async () => (await import("@/features/workflows/WorkflowsPage")).WorkflowsPage),
  },
  {
    path: "workflows/edit",
    ...page(async () => (await import("@/features/workflows/WorkflowEditorPage")).WorkflowEditorPage),
  },
  {
    path: "preferences",
    ...page(async () => (await import("@/features/preferences/PreferencesPage")).PreferencesPage),
  },
  {
    path: "insight",
    ...page(async () => (await import("@/features/insight/BucketInsightPage")).BucketInsightPage),
  },
  { path: "packages", ...page(async () => (await import("@/features/packages/PackagesPage")).PackagesPage) },
  {
    path: "packages/new",
    ...page(async () => (await import("@/features/packages/create/CreatePackagePage")).CreatePackagePage),
  },
  {
    path: "packages/:author/:name",
    ...page(async () => (await import("@/features/packages/PackagePage")).PackagePage),
  },
  {
    path: "packages/:author/:name/tree/:reference/*",
    ...page(async () => (await import("@/features/packages/PackagePage")).PackagePage),
  },
  {
    path: "packages/:author/:name/revisions",
    ...page(async () => (await import("@/features/packages/RevisionsPage")).RevisionsPage),
  },
  {
    path: "packages/:author/:name/activity",
    ...page(async () => (await import("@/features/packages/activity/ActivityPage")).ActivityPage),
  },
  {
    path: "packages/:author/:name/insight",
    ...page(async () => (await import("@/features/insight/PackageInsightPage")).PackageInsightPage),
  },
  {
    path: "packages/:author/:name/compare",
    ...page(async () => (await import("@/features/packages/compare/ComparePage")).ComparePage),
  },
  {
    path: "packages/:author/:name/compare/file",
    ...page(async () => (await import("@/features/packages/compare/CompareFilePage")).CompareFilePage),
  },
  {
    path: "packages/:author/:name/compare/rows",
    ...page(async () => (await import("@/features/packages/compare/CompareRowsPage")).CompareRowsPage),
  },
  {
    path: "packages/:author/:name/revise",
    ...page(async () => (await import("@/features/packages/revise/RevisePage")).RevisePage),
  },
  {
    path: "packages/:author/:name/promote",
    ...page(async () => (await import("@/features/packages/promote/PromotePage")).PromotePage),
  },
  { path: "*", ...page(async () => (await import("@/ui/NotFoundPage")).NotFoundPage) },
];

const accountRoutes: RouteObject[] = [
  { index: true, ...page(async () => (await import("@/features/account/ProfilePage")).ProfilePage) },
  { path: "sessions", ...page(async () => (await import("@/features/account/SessionsPage")).SessionsPage) },
  { path: "keys", ...page(async () => (await import("@/features/account/KeysPage")).KeysPage) },
  { path: "s3", ...page(async () => (await import("@/features/account/S3AccessPage")).S3AccessPage) },
  { path: "*", ...page(async () => (await import("@/ui/NotFoundPage")).NotFoundPage) },
];

const adminRoutes: RouteObject[] = [
  { index: true, element: <Navigate to="people" replace /> },
  { path: "people", ...page(async () => (await import("@/features/admin/PeoplePage")).PeoplePage) },
  { path: "people/:name", ...page(async () => (await import("@/features/admin/PersonPage")).PersonPage) },
  { path: "roles", ...page(async () => (await import("@/features/admin/RolesPage")).RolesPage) },
  { path: "roles/:name", ...page(async () => (await import("@/features/admin/RolePage")).RolePage) },
  { path: "policies", ...page(async () => (await import("@/features/admin/PoliciesPage")).PoliciesPage) },
  { path: "policies/:id", ...page(async () => (await import("@/features/admin/PolicyPage")).PolicyPage) },
  {
    path: "buckets",
    ...page(async () => (await import("@/features/buckets/BucketsAdminPage")).BucketsAdminPage),
  },
  { path: "sso", ...page(async () => (await import("@/features/admin/SsoPage")).SsoPage) },
  { path: "keys", ...page(async () => (await import("@/features/admin/AllKeysPage")).AllKeysPage) },
  { path: "audit", ...page(async () => (await import("@/features/admin/AuditPage")).AuditPage) },
  { path: "settings", ...page(async () => (await import("@/features/admin/SettingsPage")).SettingsPage) },
  { path: "status", ...page(async () => (await import("@/features/admin/StatusPage")).StatusPage) },
  { path: "*", ...page(async () => (await import("@/ui/NotFoundPage")).NotFoundPage) },
];

const queriesRoutes: RouteObject[] = [
  { index: true, ...page(async () => (await import("@/features/queries/QueriesPage")).QueriesPage) },
  {
    path: "saved",
    ...page(async () => (await import("@/features/queries/SavedQueriesPage")).SavedQueriesPage),
  },
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
            {
              path: "signin",
              ...page(async () => (await import("@/features/signin/SignInPage")).SignInPage),
            },
            {
              path: "signup",
              ...page(async () => (await import("@/features/signin/SignUpPage")).SignUpPage),
            },
            {
              path: "reset_password",
              ...page(async () => (await import("@/features/signin/ForgotPasswordPage")).ForgotPasswordPage),
            },
            {
              path: "reset_password/:link",
              ...page(async () => (await import("@/features/signin/ResetPasswordPage")).ResetPasswordPage),
            },
            {
              path: "confirm/:link",
              ...page(async () => (await import("@/features/signin/ActivatePage")).ActivatePage),
            },
            {
              path: "activation_error",
              ...page(
                async () => (await import("@/features/signin/ActivationErrorPage")).ActivationErrorPage,
              ),
            },
            {
              path: "signout",
              ...page(async () => (await import("@/features/signin/SignOutPage")).SignOutPage),
            },
            {
              path: "install",
              ...page(async () => (await import("@/features/install/InstallPage")).InstallPage),
            },
            {
              Component: SignedIn,
              children: [
                {
                  index: true,
                  ...page(async () => (await import("@/features/home/HomePage")).HomePage),
                },
                {
                  path: "buckets",
                  ...page(async () => (await import("@/features/buckets/BucketsPage")).BucketsPage),
                },
                { path: "code", ...page(async () => (await import("@/features/signin/CodePage")).CodePage) },
                {
                  path: "package/:owner/:name",
                  ...page(
                    async () => (await import("@/features/quilt2/Quilt2PackagePage")).Quilt2PackagePage,
                  ),
                },
                { path: "uri", ...page(async () => (await import("@/features/packages/UriPage")).UriPage) },
                {
                  path: "connect/authorize",
                  ...page(async () => (await import("@/features/signin/ConsentPage")).ConsentPage),
                },
                {
                  path: "bookmarks",
                  ...page(
                    async () => (await import("@/features/files/bookmarks/BookmarksPage")).BookmarksPage,
                  ),
                },
                { path: "jobs", ...page(async () => (await import("@/features/jobs/JobsPage")).JobsPage) },
                {
                  path: "queries",
                  ...page(async () => (await import("@/features/queries/QueriesLayout")).QueriesLayout),
                  children: queriesRoutes,
                },
                {
                  path: "queries/saved/:id",
                  ...page(async () => (await import("@/features/queries/SavedQueryPage")).SavedQueryPage),
                },
                {
                  path: "queries/:id",
                  ...page(async () => (await import("@/features/queries/QueryPage")).QueryPage),
                },
                {
                  path: "search",
                  ...page(async () => (await import("@/features/search/SearchPage")).SearchPage),
                },
                {
                  path: "account",
                  ...page(async () => (await import("@/features/account/AccountLayout")).AccountLayout),
                  children: accountRoutes,
                },
                {
                  path: "admin",
                  ...page(async () => (await import("@/features/admin/AdminLayout")).AdminLayout),
                  children: adminRoutes,
                },
                {
                  path: "b/:bucket",
                  ...page(async () => (await import("@/features/buckets/BucketLayout")).BucketLayout),
                  children: bucketRoutes,
                },
              ],
            },
            ...redirects,
            { path: "*", ...page(async () => (await import("@/ui/NotFoundPage")).NotFoundPage) },
          ],
        },
      ],
    },
  ]);
