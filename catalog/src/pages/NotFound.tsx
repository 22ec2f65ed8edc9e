import { Compass } from "lucide-react";
import { ButtonLink } from "@/ui/Button";
import { Page } from "@/ui/Layout";
import { Empty } from "@/ui/States";

export function Component() {
  return (
    <Page title="Not found" narrow>
      <h1 className="hidden">Not found</h1>
      <Empty
        title="There is no such page"
        icon={<Compass size={22} />}
        action={<ButtonLink to="/">All buckets</ButtonLink>}
      >
        The address may be mistyped, or what it led to has moved.
      </Empty>
    </Page>
  );
}
