import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { callAnonymously } from "@/api/identity";
import { t } from "@/language/en/features/signin";
import { RequestError } from "@/lib/errors";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/States";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the link in the mail leads. Programs that scan mails follow links, so only the button confirms the address. */
export function ActivatePage() {
  const { link = "" } = useParams();
  const services = useServices();
  const navigate = useNavigate();
  const confirm = useMutation({
    mutationFn: () =>
      callAnonymously(services, "/api/v1/accounts/activate", { method: "POST", body: { link } }),
    onSuccess: () => navigate("/signin?activated"),
    onError: error => {
      if (error instanceof RequestError && error.status === 401) void navigate("/activation_error");
    },
  });
  return (
    <SignInLayout title={t.confirmAddress} about={t.doOnlyMade}>
      <SignInForm onSubmit={() => confirm.mutate()}>
        <ErrorNotice error={confirm.error} />
        <Button type="submit" kind="primary" busy={confirm.isPending}>
          {t.confirmMyAddress}
        </Button>
      </SignInForm>
      <SignInLinks>
        <Link to="/signin">{t.backSign}</Link>
      </SignInLinks>
    </SignInLayout>
  );
}
