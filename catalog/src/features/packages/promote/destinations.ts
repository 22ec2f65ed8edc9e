import type { Workflows } from "@/api/models";
import { t } from "@/language/en/features/packages/promote";

/** A bucket that a revision can be pushed to. */
export interface Destination {
  name: string;
  title: string;
  /** Whether the workflow configuration wants objects copied; null when it does not name the bucket. */
  copy: boolean | null;
}

/** Successors first: they are where revisions of this bucket are meant to go. */
export function destinationsOf(
  writable: readonly { name: string; title: string }[],
  workflows: Workflows | undefined,
): Destination[] {
  const successors = workflows?.successors ?? [];
  const named = successors.flatMap(each =>
    writable.some(({ name }) => name === each.bucket)
      ? [{ name: each.bucket, title: t.nextStep(each.title), copy: each.copy_data }]
      : [],
  );
  const others = writable.filter(({ name }) => !named.some(each => each.name === name));
  return [...named, ...others.map(({ name, title }) => ({ name, title, copy: null }))];
}
