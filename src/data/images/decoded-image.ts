/** An image in bytes, of whatever size and number of channels its file has. */
export interface DecodedImage {
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  readonly bytes: Uint8Array;
}
