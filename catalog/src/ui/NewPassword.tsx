import { useState } from "react";
import { t } from "@/language/en/ui/parts";
import { passwordHelp, passwordProblem } from "@/lib/forms";
import { Field } from "./Field";

/** A password that is chosen: typed twice, since nobody sees it. */
export function useNewPassword() {
  const [[password, again], choose] = useState<readonly [string, string]>(["", ""]);
  const [tried, setTried] = useState(false);
  const problem = passwordProblem(password, again);
  return {
    password,
    again,
    choose,
    /** What is wrong with it, once somebody has tried to use it. */
    shownProblem: tried ? problem : null,
    /** Whether it can be sent; from now on, what is wrong with it is shown. */
    check: () => {
      setTried(true);
      return problem === null;
    },
    clear: () => {
      choose(["", ""]);
      setTried(false);
    },
  };
}

export function NewPassword({
  label,
  chosen: { password, again, choose, shownProblem },
  refused,
}: {
  label: string;
  chosen: ReturnType<typeof useNewPassword>;
  /** Why the server does not accept it. */
  refused: string | null;
}) {
  return (
    <>
      <Field
        label={label}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        help={passwordHelp()}
        value={password}
        error={refused}
        onChange={event => choose([event.target.value, again])}
      />
      <Field
        label={t.againLabel(label)}
        name="again"
        type="password"
        autoComplete="new-password"
        required
        value={again}
        error={shownProblem}
        onChange={event => choose([password, event.target.value])}
      />
    </>
  );
}
