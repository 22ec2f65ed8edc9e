import { Cable, KeyRound, MonitorSmartphone, UserRound } from "lucide-react";
import { Outlet } from "react-router";
import { t } from "@/language/en/features/account";
import { Section } from "@/ui/Section";

const makeTabs = () => [
  { to: "/account", label: t.profile, icon: <UserRound size={15} />, end: true },
  { to: "/account/sessions", label: t.sessions, icon: <MonitorSmartphone size={15} /> },
  { to: "/account/keys", label: t.apiKeys, icon: <KeyRound size={15} /> },
  { to: "/account/s3", label: t.s3Access, icon: <Cable size={15} /> },
];

export function AccountLayout() {
  return (
    <>
      <Section title={t.account} tabs={makeTabs()} />
      <Outlet />
    </>
  );
}
