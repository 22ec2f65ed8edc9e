import { useQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useParams } from "react-router";
import { identity } from "@/api/identity";
import type { User } from "@/api/models";
import { t } from "@/language/en/features/admin";
import { encode } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Chip, Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { PersonAccount } from "./PersonAccount";
import { PersonKeys } from "./PersonKeys";
import { PersonRoles } from "./PersonRoles";
import { PersonSessions } from "./PersonSessions";

export function PersonPage() {
  const { name = "" } = useParams();
  const services = useServices();
  const person = useQuery(identity.user(services, name));
  return (
    <Page title={name}>
      <Crumbs steps={[{ label: t.people, to: "/admin/people" }, { label: name }]} />
      <Loaded query={person} heading={name}>
        {data => <PersonDetails user={data} />}
      </Loaded>
    </Page>
  );
}

function PersonDetails({ user }: { user: User }) {
  const roles = useQuery(identity.roles(useServices()));
  return (
    <>
      <Head
        title={
          <>
            {user.name} {user.is_admin && <Chip kind="accent">{t.administrator}</Chip>}{" "}
            {!user.is_active && <Chip kind="warn">{t.disabled}</Chip>}
          </>
        }
        about={user.email}
      >
        <ButtonLink to={`/admin/audit?user=${encode(user.name)}`} icon={<ScrollText size={15} />}>
          {t.did}
        </ButtonLink>
      </Head>
      <Columns aside={<PersonAccount user={user} />}>
        <Panel title={t.roles} padded>
          <Loaded query={roles} label={t.loadingRoles} lines={3}>
            {data => <PersonRoles key={user.id} user={user} roles={data} />}
          </Loaded>
        </Panel>
        <PersonSessions user={user} />
        <PersonKeys user={user} />
      </Columns>
    </>
  );
}
