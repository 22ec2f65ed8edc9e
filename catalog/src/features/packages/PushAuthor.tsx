/** The user who pushed. */
export function PushAuthor({ author }: { author: string | null }) {
  return author === null ? (
    <span className="muted" title="The store did not say who wrote this push">
      unknown
    </span>
  ) : (
    <span>{author}</span>
  );
}
