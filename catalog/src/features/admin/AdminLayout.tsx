import {
  Activity,
  Database,
  KeyRound,
  LogIn,
  ScrollText,
  Shapes,
  ShieldCheck,
  SlidersHorizontal,
  UsersRound,
} from "lucide-react";
import { Outlet } from "react-router";
import { useMe } from "@/api/queries";
import { RequestError } from "@/lib/errors";
import { Page } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Section } from "@/ui/Section";
import { Failure } from "@/ui/States";

const TABS = [
  { to: "/admin/people", label: "People", icon: <UsersRound size={15} /> },
  { to: "/admin/roles", label: "Roles", icon: <Shapes size={15} /> },
  { to: "/admin/policies", label: "Policies", icon: <ShieldCheck size={15} /> },
  { to: "/admin/buckets", label: "Buckets", icon: <Database size={15} /> },
  { to: "/admin/sso", label: "Single sign-on", icon: <LogIn size={15} /> },
  { to: "/admin/keys", label: "API keys", icon: <KeyRound size={15} /> },
  { to: "/admin/audit", label: "Audit trail", icon: <ScrollText size={15} /> },
  { to: "/admin/settings", label: "Settings", icon: <SlidersHorizontal size={15} /> },
  { to: "/admin/status", label: "Status", icon: <Activity size={15} /> },
];

const REFUSAL = {
  status: 403,
  trouble: "forbidden",
  message: "Only administrators see these pages.",
} as const;

/** What all pages of administrators have above them; other people are refused. */
export function AdminLayout() {
  const me = useMe();
  return (
    <Loaded query={me} heading="Administration">
      {({ is_staff }) =>
        is_staff ? (
          <>
            <Section title="Administration" tabs={TABS} />
            <Outlet />
          </>
        ) : (
          <Page title="Administration">
            <h1 className="hidden">Administration</h1>
            <Failure error={new RequestError(REFUSAL)} />
          </Page>
        )
      }
    </Loaded>
  );
}
