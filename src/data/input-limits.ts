/**
 * What files and addresses from outside may take: anyone can write a small file that unpacks to all memory there is. What a user may really need more of
 * can be raised, and the error that refuses it says how.
 */
export const inputLimits = {
  /** Pixels of an image: 100 megapixels take about 1.5 GB while they are decoded. Option `maxPixels`. */
  pixels: 100_000_000,
  /** Bytes that a compressed file (gzip, NPZ) unpacks to. Option `maxUnpackedBytes`. */
  unpackedBytes: 2 ** 30,
  /** Files in an archive. */
  archiveFiles: 10_000,
  /** Characters of a line of CSV or JSONL. Option `maxLineCharacters`. */
  lineCharacters: 2 ** 24,
  /** Axes of an array, as many as NumPy has. */
  axes: 64,
  /** Pixels of a side that images are brought to. */
  imageSide: 4096,
  /** Tasks that a number in a manifest stands for. */
  tasks: 10_000,
  /** Bytes of a file that is fetched. */
  downloadBytes: 2 ** 30,
  /** How long an address may send nothing. */
  downloadStallSeconds: 60,
  /** How long a package index may take for a package of some megabytes. */
  packageSeconds: 600,
} as const;
