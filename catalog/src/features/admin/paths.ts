import { encode } from "@/lib/paths";

export const personPath = (name: string) => `/admin/people/${encode(name)}`;
export const rolePath = (name: string) => `/admin/roles/${encode(name)}`;
