/** Where what is fetched once for every clone of this user is kept. */
export function cacheFolder(): string;
