/** Prepares this process for tfjs-node and libtensorflow; to be called before they are loaded. What the user has set stays. */
export function prepareNative(): void;

/** One line on a libtensorflow of another release than the tested one; undefined for that. */
export function otherRelease(found: string): string | undefined;

/** What the environment says of oneDNN's kernels, read as TensorFlow reads it; undefined where that leaves it to TensorFlow. */
export function oneDnnSetting(): boolean | undefined;

/** What the environment says of how many threads one operation may use; undefined where that leaves it to TensorFlow. */
export function threadSetting(): number | undefined;
