/** Where Quilt and Patchwork keep manifests, pointers and settings. Packages are lost when something there is. */
export const INTERNAL = ".quilt/";

export const isInternal = (key: string) => key.startsWith(INTERNAL);
