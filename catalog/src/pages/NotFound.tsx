import { Compass } from "lucide-react";
import { ButtonLink } from "@/ui/Button";
import { Page } from "@/ui/Layout";
import { Empty } from "@/ui/States";

export function Component() {
  return (
    <Page title="Not found" narrow>
      <Empty title="There is no such page" icon={<Compass size={22} />}>
        The address may be mistyped, or what it led to has moved.
        <p>
          <ButtonLink to="/">All buckets</ButtonLink>
        </p>
      </Empty>
    </Page>
  );
}
