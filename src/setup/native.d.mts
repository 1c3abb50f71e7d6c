/** Prepares this process for libtensorflow; to be called before it is loaded. What the user has set stays. */
export function prepareNative(): void;
