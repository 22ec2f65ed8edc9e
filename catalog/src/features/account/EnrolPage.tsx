import { Link } from "react-router";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { SecondFactorSetUp } from "./SecondFactorSetUp";

/** For people who must have a second factor and have none: the registry refuses them everything else. */
export function EnrolPage() {
  const { session } = useServices();
  return (
    <Page title="Set up a second factor" narrow>
      <Head
        title="Set up a second factor"
        about="This installation wants a second factor of you before you go on: codes from an authenticator app on your phone."
      />
      <Panel padded>
        <SecondFactorSetUp done={() => session.enrolled()} />
      </Panel>
      <p className="muted">
        Not now? <Link to="/signout">Sign out</Link>
      </p>
    </Page>
  );
}
