import { PASSWORD_HELP } from "@/lib/forms";
import { Field } from "./Field";

/** A password that is chosen: twice, since nobody sees it. */
export function NewPassword({
  label,
  chosen,
  choose,
  refused,
  differs,
}: {
  label: string;
  chosen: readonly [string, string];
  choose: (chosen: readonly [string, string]) => void;
  /** Why the server does not take it. */
  refused: string | null;
  /** What is wrong with the two. */
  differs: string | null;
}) {
  const [password, again] = chosen;
  return (
    <>
      <Field
        label={label}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        help={PASSWORD_HELP}
        value={password}
        error={refused}
        onChange={event => choose([event.target.value, again])}
      />
      <Field
        label={`${label}, again`}
        name="again"
        type="password"
        autoComplete="new-password"
        required
        value={again}
        error={differs}
        onChange={event => choose([password, event.target.value])}
      />
    </>
  );
}
