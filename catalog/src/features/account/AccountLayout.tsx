import { Cable, KeyRound, MonitorSmartphone, UserRound } from "lucide-react";
import { Outlet } from "react-router";
import { Section } from "@/ui/Section";

const TABS = [
  { to: "/account", label: "Profile", icon: <UserRound size={15} />, end: true },
  { to: "/account/sessions", label: "Sessions", icon: <MonitorSmartphone size={15} /> },
  { to: "/account/keys", label: "API keys", icon: <KeyRound size={15} /> },
  { to: "/account/s3", label: "S3 access", icon: <Cable size={15} /> },
];

export function AccountLayout() {
  return (
    <>
      <Section title="Your account" tabs={TABS} />
      <Outlet />
    </>
  );
}
