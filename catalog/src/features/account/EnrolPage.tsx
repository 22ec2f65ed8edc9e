import { Link } from "react-router";
import { t } from "@/language/en/features/account";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { SecondFactorSetUp } from "./SecondFactorSetUp";

/** For people who must have a second factor and have none: the registry refuses them everything else. */
export function EnrolPage() {
  const { session } = useServices();
  return (
    <Page title={t.setUpSecond} narrow>
      <Head title={t.setUpSecond} about={t.installationWantsSecond} />
      <Panel padded>
        <SecondFactorSetUp done={() => session.enrolled()} />
      </Panel>
      <p className="muted">{t.notNow(<Link to="/signout">{t.signOut}</Link>)}</p>
    </Page>
  );
}
