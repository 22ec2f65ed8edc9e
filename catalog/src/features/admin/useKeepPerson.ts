import { useQueryClient } from "@tanstack/react-query";
import { identity } from "@/api/identity";
import type { User } from "@/api/models";
import { useServices } from "@/s3/context";

/** Shows what the registry answered about a person, without asking again. */
export function useKeepPerson(name: string) {
  const services = useServices();
  const queryClient = useQueryClient();
  return (user: User) => queryClient.setQueryData(identity.user(services, name).queryKey, user);
}
