import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useSession } from "@/api/context";
import { t } from "@/language/en/features/signin";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Page } from "@/ui/Layout";
import { Mark } from "@/ui/Patch";
import { Empty, Failure, Loading } from "@/ui/States";

export function SignOutPage() {
  const { session } = useServices();
  const state = useSession();
  const { mutate, error, isIdle } = useMutation({ mutationFn: () => session.signOut() });
  useEffect(() => {
    if ((state === "in" || state === "enrolling") && isIdle) mutate();
  }, [state, isIdle, mutate]);
  return (
    <Page title={t.signOut} narrow>
      <h1 className="hidden">{t.signOut}</h1>
      {state === "out" ? (
        <Empty
          title={t.signedOut}
          icon={<Mark size={26} />}
          action={
            <ButtonLink to="/signin" kind="primary">
              {t.signAgain}
            </ButtonLink>
          }
        >
          {t.untilNextTime}
        </Empty>
      ) : error ? (
        <Failure error={error} retry={mutate} />
      ) : (
        <Loading rows={2} label={t.signingOut} />
      )}
    </Page>
  );
}
