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
import { t } from "@/language/en/features/admin";
import { RequestError } from "@/lib/errors";
import { Page } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Section } from "@/ui/Section";
import { Failure } from "@/ui/States";

const makeTabs = () => [
  { to: "/admin/people", label: t.people, icon: <UsersRound size={15} /> },
  { to: "/admin/roles", label: t.roles, icon: <Shapes size={15} /> },
  { to: "/admin/policies", label: t.policies, icon: <ShieldCheck size={15} /> },
  { to: "/admin/buckets", label: t.buckets, icon: <Database size={15} /> },
  { to: "/admin/sso", label: t.singleSign, icon: <LogIn size={15} /> },
  { to: "/admin/keys", label: t.apiKeys, icon: <KeyRound size={15} /> },
  { to: "/admin/audit", label: t.auditTrail, icon: <ScrollText size={15} /> },
  { to: "/admin/settings", label: t.settings, icon: <SlidersHorizontal size={15} /> },
  { to: "/admin/status", label: t.status, icon: <Activity size={15} /> },
];

const refusal = () =>
  ({
    status: 403,
    trouble: "forbidden",
    message: t.onlyAdministratorsSee,
  }) as const;

/** What all pages of administrators have above them; other people are refused. */
export function AdminLayout() {
  const me = useMe();
  return (
    <Loaded query={me} heading={t.administration}>
      {({ is_staff }) =>
        is_staff ? (
          <>
            <Section title={t.administration} tabs={makeTabs()} />
            <Outlet />
          </>
        ) : (
          <Page title={t.administration}>
            <h1 className="hidden">{t.administration}</h1>
            <Failure error={new RequestError(refusal())} />
          </Page>
        )
      }
    </Loaded>
  );
}
