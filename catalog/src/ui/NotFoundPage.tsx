import { Compass } from "lucide-react";
import { t } from "@/language/en/ui/parts";
import { ButtonLink } from "./Button";
import { Page } from "./Layout";
import { Empty } from "./States";

export function NotFoundPage() {
  return (
    <Page title={t.notFound} narrow>
      <h1 className="hidden">{t.notFound}</h1>
      <Empty
        title={t.noSuchPage}
        icon={<Compass size={22} />}
        action={<ButtonLink to="/">{t.home}</ButtonLink>}
      >
        {t.addressMayMistyped}
      </Empty>
    </Page>
  );
}
