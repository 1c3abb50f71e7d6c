/** Class scores of a block of examples. */
export interface Predictions {
  /** Number of classes C. */
  readonly classes: number;
  /** Logits `[n, C]`, row-major. */
  readonly logits: Float32Array;
}
