/** An expert's flat vectors at rest. */
export interface ExpertVectors {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

/** A task's head at rest. */
export interface Head {
  readonly classes: number;
  readonly vector: Float32Array;
}
