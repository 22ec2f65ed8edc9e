export type JsonScalar = string | number | boolean | null;
export type Json = JsonScalar | Json[] | { [name: string]: Json };
