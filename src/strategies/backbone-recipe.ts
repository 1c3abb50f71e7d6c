/** What options are unless they are given, where experts stand on a backbone: little is trained, and from a good start. */
export const backboneRecipe = {
  network: 'patch',
  epochs: 10,
  batchSize: 32,
  learningRate: 0.003,
  weightDecay: 0.0001,
  samples: 10,
} as const;

/** The same on a transformer, for texts or sounds. */
export const transformerRecipe = { ...backboneRecipe, network: 'adapter', learningRate: 0.03 } as const;
