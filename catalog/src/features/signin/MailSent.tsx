import { MailCheck } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/language/en/features/signin";
import { SignInLayout } from "./SignInLayout";

/** What is shown once a link is on its way; `links`: where else to go. */
export function MailSent({
  about,
  links,
  children,
}: {
  about?: ReactNode;
  links: ReactNode;
  children: ReactNode;
}) {
  return (
    <SignInLayout title={t.checkMail} about={about}>
      <MailCheck size={28} />
      <p>{children}</p>
      {links}
    </SignInLayout>
  );
}
