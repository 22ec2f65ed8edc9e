import { useEffect } from "react";
import { useParams } from "react-router";
import { encode } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Loading } from "@/ui/States";
import { SignInLayout } from "./SignInLayout";

/** The registry confirms addresses, and sends people back here. */
export function ActivatePage() {
  const { registryUrl } = useServices().config;
  const { link = "" } = useParams();
  useEffect(() => location.replace(`${registryUrl}/activate/${encode(link)}`), [registryUrl, link]);
  return (
    <SignInLayout title="Confirming your address">
      <Loading rows={2} label="Confirming your address" />
    </SignInLayout>
  );
}
