import { Compass } from "lucide-react";
import { ButtonLink } from "./Button";
import { Page } from "./Layout";
import { Empty } from "./States";

export function NotFoundPage() {
  return (
    <Page title="Not found" narrow>
      <h1 className="hidden">Not found</h1>
      <Empty
        title="There is no such page"
        icon={<Compass size={22} />}
        action={<ButtonLink to="/">Home</ButtonLink>}
      >
        The address may be mistyped, or what it led to has moved.
      </Empty>
    </Page>
  );
}
