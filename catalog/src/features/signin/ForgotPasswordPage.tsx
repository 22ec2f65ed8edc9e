import { useMutation } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { openly } from "@/api/identity";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Notice, said } from "@/ui/States";
import { Below, Entry, EntryForm } from "./SignInLayout";

/** Says the same whether there is such an account or not. */
export function ForgotPasswordPage() {
  const services = useServices();
  const [email, setEmail] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      openly(services, "/api/v1/accounts/reset", { method: "POST", body: { email: email.trim() } }),
  });
  const back = (
    <Below>
      <Link to="/signin">Back to sign in</Link>
    </Below>
  );
  if (ask.isSuccess)
    return (
      <Entry title="Look into your mail">
        <MailCheck size={28} />
        <p>
          If {email.trim()} belongs to an account, a link is on its way there. It is good for a day, and works
          once.
        </p>
        {back}
      </Entry>
    );
  return (
    <Entry title="Forgot your password?" about="We send you a link with which you can choose another.">
      <EntryForm
        onSubmit={() => {
          if (!ask.isPending) ask.mutate();
        }}
      >
        {ask.isError && <Notice kind="danger">{said(ask.error)}</Notice>}
        <Field
          label="E-mail address"
          name="email"
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={event => setEmail(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={ask.isPending}>
          Send me a link
        </Button>
      </EntryForm>
      {back}
    </Entry>
  );
}
