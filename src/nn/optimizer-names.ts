/** How weights are updated: momentum SGD, or AdamW. Options name them, so they are told without TensorFlow. */
export const optimizers = ['sgd', 'adamw'] as const;

export type Optimizer = (typeof optimizers)[number];
